/* Case 39: the limit on processes is reached after k threads of the copy have been
 * made, for every k.  forkall() gives -EAGAIN, no thread of the copy has run, no
 * process or descriptor is left, and P is as before; with room for all it works.
 * The user has no other process: a free uid, or a user namespace. */
#include "proc.h"
#include "crew.h"
#include <linux/resource.h>
#include <linux/sched.h>

static int *in_copy;				/* in shared memory */

/* Limits do not hold for root. */
static void become_limited(void)
{
	int uid = 0x40000000 + getpid();

	if (system_call(__NR_geteuid) != 0) {
		if (system_call(__NR_unshare, CLONE_NEWUSER) < 0)
			skip("neither root nor user namespaces");
		return;
	}
	CHECK_EQUAL(system_call(__NR_setresuid, uid, uid, uid), 0);
}

static void set_limit(unsigned long tasks)
{
	struct rlimit64 limit = { tasks, 64 * 4 };

	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_NPROC, &limit, NULL),
		    0);
}

/* Runs through its program lines all the time, to show if the copy does. */
static void *runner(void *original)
{
	while (!load(&crew.dismissed))
		if (getpid() != (int)(long)original)
			store(in_copy, 1);
	return NULL;
}

static void check_refused(int n, int room, int descriptors)
{
	struct thread *thread;

	set_limit((unsigned)(n + room));
	CHECK_EQUAL(forkall(), -EAGAIN);
	CHECK_EQUAL(load(in_copy), 0);
	check_childless();
	CHECK_EQUAL(count_descriptors(), descriptors);
	CHECK_EQUAL(proc_field("/proc/self/status", "Threads:"), n);
	if (room == 0)
		CHECK_EQUAL(thread_create(&thread, NULL, runner, NULL),
			    -EAGAIN);
}

/* One of the n threads is no member of the crew but runs. */
static _Noreturn void test(int n)
{
	int original = getpid(), descriptors = count_descriptors(), pid;
	struct thread *running = NULL;

	become_limited();
	crew_muster(n > 1 ? n - 1 : 1);
	if (n > 1)
		running = spawn(runner, (void *)(long)original);
	for (int room = 0; room < n; room++) {
		check_refused(n, room, descriptors);
		crew_roll_call();
	}
	set_limit((unsigned)(2 * n));
	pid = crew_forkall(0);
	CHECK(pid >= 0);
	if (pid == 0)
		CHECK(getpid() != original);
	while (pid == 0 && running && !load(in_copy))
		system_call(__NR_sched_yield);
	crew_dismiss();
	store(&crew.dismissed, 1);
	if (running)
		CHECK_EQUAL(thread_join(running, NULL), 0);
	if (pid > 0)
		reap(pid);
	process_exit(0);
}

int main(void)
{
	int pid, status;

	in_copy = memory_shared(sizeof *in_copy);
	for_each_count(n) {
		*in_copy = 0;
		pid = fork1();
		CHECK(pid >= 0);
		if (pid == 0)
			test(n);
		CHECK_EQUAL(system_call(__NR_wait4, pid, &status, 0, NULL),
			    pid);
		if (status == SKIPPED << 8)
			return SKIPPED;
		CHECK_EQUAL(status, 0);
	}
	return 0;
}
