/* Case 48: one thread has open files, or a directory and umask, of its own.
 * forkall() and snapshot() refuse, whoever calls, and nothing has happened;
 * they work when that thread has ended.  Hard because the kernel hides who
 * shares what with whom. */
#include "odd.h"
#include <linux/kcmp.h>
#include <linux/sched.h>

static long own_files(void)
{
	return system_call(__NR_unshare, CLONE_FILES);
}

static long own_directory(void)
{
	return system_call(__NR_unshare, CLONE_FS);
}

static long both(void)
{
	return system_call(__NR_unshare, CLONE_FS | CLONE_FILES);
}

/* Has its own, but with the same contents as all others: refused as well. */
static long own_umask(void)
{
	long r = system_call(__NR_unshare, CLONE_FS);

	system_call(__NR_umask, 0123);
	return r < 0 ? r : system_call(__NR_chdir, "/");
}

int main(void)
{
	int self = getpid();

	if (system_call(__NR_kcmp, self, self, KCMP_FS) != 0)
		skip("the kernel has no kcmp, and nothing else tells");
	CHECK(check_odd_all("files", own_files));
	CHECK(check_odd_all("directory", own_directory));
	CHECK(check_odd_all("files and directory", both));
	CHECK(check_odd_all("umask", own_umask));
	return 0;
}
