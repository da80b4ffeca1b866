/* Case 55: a snapshot is one task that sleeps, takes no processor time, and is
 * the same process after any number of resumes; it ends when it is discarded or
 * killed, and nothing is left of it then.  Hard because it was forked from many
 * threads, and a waiting process is easily one that looks from time to time. */
#include "proc.h"
#include "crew.h"

#define RESUMES 3

/* In nanoseconds: the clock of another process. */
static long cpu_time(int pid)
{
	struct timespec t;

	CHECK_EQUAL(system_call(__NR_clock_gettime, ~pid * 8 + 2, &t), 0);
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

static void make_copies(int count)
{
	int pid;

	for (int i = 0; i < count; i++) {
		pid = forkall();
		CHECK(pid >= 0);
		if (pid == 0)
			process_exit(0);
		reap(pid);
	}
}

static void check_dormant(int pid)
{
	char path[32];

	format(path, sizeof path, "/proc/%d/status", pid);
	while (proc_state(path) != 'S')
		system_call(__NR_sched_yield);
	CHECK_EQUAL(proc_field(path, "Threads:"), 1);
	CHECK_EQUAL(proc_field(path, "PPid:"), getpid());
	CHECK_EQUAL(proc_field(path, "Tgid:"), pid);
}

/* Not even a nanosecond; but it may have been seen a moment before it slept. */
static void check_idle(int pid)
{
	long before = cpu_time(pid), after;

	for (int tries = 0; tries < 3; tries++, before = after) {
		make_copies(15);
		after = cpu_time(pid);
		if (after == before)
			return;
	}
	CHECK(!"idle");
}

static void check_gone(int pid)
{
	CHECK_EQUAL(system_call(__NR_kill, pid, 0), -ESRCH);
	CHECK_EQUAL(snapshot_resume(pid), -ESRCH);
	CHECK_EQUAL(snapshot_discard(pid), -ESRCH);
	check_childless();
}

/* The other one is not its parent, who has it to reap then. */
static void discard_from(int pid)
{
	int other = fork1(), status;

	CHECK(other >= 0);
	if (other == 0) {
		CHECK_EQUAL(snapshot_discard(pid), 0);
		process_exit(0);
	}
	reap(other);
	CHECK_EQUAL(snapshot_resume(pid), -ESRCH);
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, __WALL, NULL), pid);
	CHECK_EQUAL(status, SIGKILL);
	check_gone(pid);
}

/* What died of itself can still be discarded: that reaps it. */
static void discard_dead(int pid)
{
	siginfo_t info;

	CHECK_EQUAL(system_call(__NR_kill, pid, SIGKILL), 0);
	CHECK_EQUAL(system_call(__NR_waitid, P_PID, pid, &info,
				WEXITED | WNOWAIT, NULL), 0);
	CHECK_EQUAL(snapshot_resume(pid), -ESRCH);
	CHECK_EQUAL(snapshot_discard(pid), 0);
	check_gone(pid);
}

static int take(void)
{
	int pid = snapshot();

	CHECK(pid >= 0);
	if (pid)
		return pid;
	crew_roll_call();
	crew_dismiss();
	process_exit(0);
}

static void test(int n)
{
	int pid, copy;

	crew_muster(n);
	pid = take();
	check_dormant(pid);
	check_idle(pid);
	for (int i = 0; i < RESUMES; i++) {
		copy = snapshot_resume(pid);
		CHECK(copy > 0 && copy != pid);
		reap(copy);
		check_dormant(pid);
	}
	check_idle(pid);
	CHECK_EQUAL(snapshot_discard(pid), 0);
	check_gone(pid);
	if (n == 8) {
		discard_from(take());
		discard_dead(take());
	}
	crew_dismiss();
}

int main(void)
{
	for_each_count(n)
		test(n);
	return 0;
}
