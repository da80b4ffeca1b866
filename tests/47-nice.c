/* Case 47: the nice value of a thread whose policy does not use it (SCHED_IDLE,
 * FIFO, RR) is the same in the copy, too, and counts again after a change to
 * another policy.  Hard because sched_setattr() sets it for no such thread. */
#include "proc.h"
#include "crew.h"
#include <linux/resource.h>
#include <linux/sched.h>

static const int policies[] = {
	SCHED_NORMAL, SCHED_IDLE, SCHED_BATCH, SCHED_FIFO, SCHED_RR,
};

static int real_time;

static long set_policy(int tid, int policy)
{
	int priority = policy == SCHED_FIFO || policy == SCHED_RR;

	return system_call(__NR_sched_setscheduler, tid, policy, &priority);
}

static int policy_of(int number)
{
	return number ? policies[number % (real_time ? 5 : 3)] : SCHED_NORMAL;
}

/* The caller's is the lowest, so that no privilege is needed. */
static int nice_of(int number)
{
	return number % 12;
}

static void set_own(struct thread *thread, int number)
{
	int tid = thread_tid(thread);

	CHECK_EQUAL(system_call(__NR_setpriority, PRIO_PROCESS, tid,
				nice_of(number)), 0);
	CHECK_EQUAL(set_policy(tid, policy_of(number)), 0);
}

static void check_own(struct thread *thread, int number)
{
	int tid = thread_tid(thread);

	CHECK_EQUAL(system_call(__NR_sched_getscheduler, tid),
		    policy_of(number));
	CHECK_EQUAL(20 - system_call(__NR_getpriority, PRIO_PROCESS, tid),
		    nice_of(number));
}

static void test(int n)
{
	int caller = n / 2, pid;

	crew_muster(n);
	crew_for_all(caller, set_own);
	crew_for_all(caller, check_own);
	pid = crew_forkall(caller);
	CHECK(pid >= 0);
	crew_for_all(caller, check_own);
	set_policy(0, SCHED_NORMAL);	/* see 47-scheduling */
	if (pid > 0)
		reap(pid);
	crew_dismiss();
	process_exit(0);
}

int main(void)
{
	int pid;

	stop_timeout(0);		/* the idle may be late */
	real_time = set_policy(0, SCHED_FIFO) == 0;
	CHECK_EQUAL(set_policy(0, SCHED_NORMAL), 0);
	for_each_count(n) {
		pid = fork1();
		CHECK(pid >= 0);
		if (pid == 0)
			test(n);
		reap(pid);
	}
	return 0;
}
