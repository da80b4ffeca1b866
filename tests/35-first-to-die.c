/* Case 35: P ends first, C ends first, P is killed: the other one goes on with
 * all its threads and can copy itself again.  Nothing of one depends on the life
 * of the other once forkall() has returned. */
#include "proc.h"
#include "crew.h"

static int *copies;				/* in shared memory */

enum { P_EXITS, P_IS_KILLED, C_EXITS, C_IS_KILLED, CASES };

static void end(int how)
{
	if (how == P_EXITS || how == C_EXITS)
		process_exit(0);
	system_call(__NR_kill, getpid(), SIGKILL);
}

/* The survivor makes a copy to see that it is whole.  Its parent changes when
 * P's end is complete. */
static void survive(int caller, int parent)
{
	int pid;

	while (parent && system_call(__NR_getppid) != parent)
		system_call(__NR_sched_yield);
	pid = crew_forkall(caller);
	CHECK(pid >= 0);
	if (pid > 0)
		reap(pid);
	else
		add(copies, 1);
	crew_dismiss();
	process_exit(0);
}

/* Runs in P, which the test's first process has made. */
static _Noreturn void run(int n, int how, int grandparent)
{
	int pid, status = -1;

	crew_muster(n);
	pid = crew_forkall(n / 2);
	CHECK(pid >= 0);
	if ((pid > 0) == (how == P_EXITS || how == P_IS_KILLED))
		end(how);
	if (pid == 0)
		survive(n / 3, grandparent);
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, __WALL, NULL), pid);
	CHECK_EQUAL(status, how == C_EXITS ? 0 : SIGKILL);
	survive(n / 3, 0);
	process_exit(1);
}

static void test(int n, int how)
{
	int self = getpid(), pid = fork1(), status = -1;

	CHECK(pid >= 0);
	if (pid == 0)
		run(n, how, self);
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, __WALL, NULL), pid);
	CHECK_EQUAL(status, how == P_IS_KILLED ? SIGKILL : 0);
	CHECK_EQUAL(reap_all(), how == P_EXITS || how == P_IS_KILLED);
}

int main(void)
{
	int tests = 0;

	adopt_orphans();
	copies = memory_shared(sizeof *copies);
	for_each_count(n) {
		for (int how = 0; how < CASES; how++, tests++)
			test(n, how);
	}
	CHECK_EQUAL(load(copies), tests);
	return 0;
}
