/* Case 27: thread_create() at a limit: -ENOMEM without address space, -EAGAIN when
 * the user may have no more tasks.  The refused thread leaves no mapping, no place
 * in the list of threads and no number, so a stop does not wait for it. */
#include "proc.h"
#include "crew.h"
#include <linux/resource.h>
#include <linux/sched.h>

static void *nothing(void *argument)
{
	return argument;
}

static void set_limit(int resource, unsigned long value)
{
	struct rlimit64 limit;

	CHECK_EQUAL(system_call(__NR_prlimit64, 0, resource, NULL, &limit), 0);
	limit.rlim_cur = value < limit.rlim_max ? value : limit.rlim_max;
	CHECK_EQUAL(system_call(__NR_prlimit64, 0, resource, &limit, NULL), 0);
}

static void check_refused(int n, int error, int next_id)
{
	struct thread_attr attr = { .detached = 1 };
	struct thread *thread = NULL;
	long before = count_mappings();
	int pid;

	for (int i = 0; i < 5; i++) {
		CHECK_EQUAL(thread_create(&thread, NULL, nothing, NULL), error);
		CHECK_EQUAL(thread_create(NULL, &attr, nothing, NULL), error);
	}
	CHECK_EQUAL(thread, NULL);
	CHECK_EQUAL(count_mappings(), before);
	crew_roll_call();

	/* Without limit all is as if it had not been tried. */
	set_limit(RLIMIT_NPROC, ~0UL);
	set_limit(RLIMIT_AS, ~0UL);
	pid = crew_forkall(n - 1);
	CHECK(pid >= 0);
	thread = spawn(nothing, NULL);
	CHECK_EQUAL(thread_id(thread), next_id);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	crew_dismiss();
	if (pid > 0)
		reap(pid);
	process_exit(0);
}

static _Noreturn void test(int n, int error)
{
	int uid = 0x40000000 + getpid();
	long size;

	if (error == -EAGAIN && system_call(__NR_geteuid) == 0)
		CHECK_EQUAL(system_call(__NR_setresuid, uid, uid, uid), 0);
	else if (error == -EAGAIN &&
		 system_call(__NR_unshare, CLONE_NEWUSER) < 0)
		skip("neither root nor user namespaces");
	crew_muster(n);
	size = proc_field("/proc/self/status", "VmSize:") << 10;
	if (error == -EAGAIN)
		set_limit(RLIMIT_NPROC, (unsigned long)n);
	else
		set_limit(RLIMIT_AS, (unsigned long)size);
	check_refused(n, error, n);
	process_exit(1);
}

int main(void)
{
	int pid, status, skipped = 0;

	for_each_count(n) {
		for (int i = 0; i < 2; i++) {
			pid = fork1();
			CHECK(pid >= 0);
			if (pid == 0)
				test(n, i ? -EAGAIN : -ENOMEM);
			CHECK_EQUAL(system_call(__NR_wait4, pid, &status, 0, 0),
				    pid);
			if (status == SKIPPED << 8)
				skipped = SKIPPED;
			else
				CHECK_EQUAL(status, 0);
		}
	}
	return skipped;
}
