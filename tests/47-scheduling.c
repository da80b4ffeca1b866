/* Case 47: name, nice value, policy, priority and processors of each thread are
 * its own in the copy, in a copy that a snapshot is resumed to, and still in
 * P.  Hard because a new thread has those of the caller of forkall(), whoever
 * it is, and getting others can need a privilege that nobody needs to have
 * them. */
#include "proc.h"
#include "crew.h"
#include <linux/sched.h>
#include <linux/sched/types.h>

#define RESET SCHED_FLAG_RESET_ON_FORK

static int real_time, lower_nice;	/* what the user may */
static unsigned long processors;

struct own {
	char name[16];
	unsigned long affinity;
	struct sched_attr sched;
};

static const struct { int policy, priority, flags; } kinds[] = {
	{ SCHED_NORMAL, 0, 0 }, { SCHED_BATCH, 0, 0 }, { SCHED_FIFO, 3, 0 },
	{ SCHED_NORMAL, 0, RESET }, { SCHED_RR, 1, RESET }, { SCHED_RR, 2, 0 },
	{ SCHED_BATCH, 0, RESET }, { SCHED_FIFO, 1, RESET },
	{ SCHED_IDLE, 0, 0 },
};

static long set_sched(int tid, const struct sched_attr *sched)
{
	return system_call(__NR_sched_setattr, tid, sched, 0);
}

static struct sched_attr get_sched(int tid)
{
	struct sched_attr sched;

	CHECK_EQUAL(system_call(__NR_sched_getattr, tid, &sched, sizeof sched,
				0), 0);
	return sched;
}

static unsigned long get_affinity(int tid)
{
	unsigned long mask[16] = { 0 };

	CHECK(system_call(__NR_sched_getaffinity, tid, sizeof mask, mask) > 0);
	return mask[0];
}

static void learn_limits(void)
{
	struct sched_attr before = get_sched(0), sched = before;

	processors = get_affinity(0);
	sched.sched_policy = SCHED_FIFO;
	sched.sched_priority = 1;
	real_time = set_sched(0, &sched) == 0;
	sched = before;
	sched.sched_nice = before.sched_nice - 4;
	lower_nice = set_sched(0, &sched) == 0;
	CHECK_EQUAL(set_sched(0, &before), 0);
	print("real time: %d, lower nice: %d\n", real_time, lower_nice);
}

/* Of other policies 47-nice is the test. */
static int is_nice(const struct sched_attr *sched)
{
	return sched->sched_policy == SCHED_NORMAL ||
	       sched->sched_policy == SCHED_BATCH;
}

/* The caller is number 0, and all others have less than it, if the user may not
 * give what the caller lacks. */
static struct own own_of(int number)
{
	int shift = number + (lower_nice ? 4 : 0), policy;
	unsigned long first = processors & -processors;
	unsigned long masks[] = { processors, first, processors & ~first };
	struct own own;

	memset(&own, 0, sizeof own);
	format(own.name, sizeof own.name, "number %d", number);
	own.affinity = masks[number % 3] ? masks[number % 3] : processors;
	own.sched.size = sizeof own.sched;
	policy = kinds[shift % 9].policy;
	own.sched.sched_policy = (unsigned)policy;
	own.sched.sched_flags = (unsigned)kinds[shift % 9].flags;
	if (kinds[shift % 9].priority && real_time)
		own.sched.sched_priority = (unsigned)kinds[shift % 9].priority;
	else if (kinds[shift % 9].priority)
		own.sched.sched_policy = SCHED_BATCH;
	if (is_nice(&own.sched))
		own.sched.sched_nice = number % 10 - (lower_nice ? 4 : 0);
	return own;
}

static void set_own(struct thread *thread, int number)
{
	struct own own = own_of(number);
	int tid = thread_tid(thread);

	CHECK_EQUAL(thread_set_name(thread, own.name), 0);
	CHECK_EQUAL(system_call(__NR_sched_setaffinity, tid,
				sizeof own.affinity, &own.affinity), 0);
	CHECK_EQUAL(set_sched(tid, &own.sched), 0);
}

static char name_read[256];

static void keep_line(const char *line)
{
	memcpy(name_read, line, strlen(line) + 1);
}

static void check_own(struct thread *thread, int number)
{
	struct own own = own_of(number);
	int tid = thread_tid(thread);
	struct sched_attr sched = get_sched(tid);
	char path[48];

	format(path, sizeof path, "/proc/self/task/%d/comm", tid);
	proc_lines(path, keep_line);
	CHECK_EQUAL(strcmp(name_read, own.name), 0);
	CHECK_EQUAL(get_affinity(tid), own.affinity);
	CHECK_EQUAL(sched.sched_policy, own.sched.sched_policy);
	CHECK_EQUAL(sched.sched_priority, own.sched.sched_priority);
	if (is_nice(&own.sched))
		CHECK_EQUAL(sched.sched_nice, own.sched.sched_nice);
	CHECK_EQUAL(sched.sched_flags, own.sched.sched_flags);
}

/* On one processor a real-time thread that waits for a process can make the
 * kernel spin for ever, for a thread of lower priority that cannot run. */
static void become_normal(void)
{
	struct sched_attr sched = get_sched(0);

	sched.sched_policy = SCHED_NORMAL;
	sched.sched_priority = 0;
	sched.sched_nice = 20 - (int)system_call(__NR_getpriority, 0, 0);
	CHECK_EQUAL(set_sched(0, &sched), 0);
}

static void test_copy(int n)
{
	int caller = n / 2, pid;

	crew_muster(n);
	crew_for_all(caller, set_own);
	crew_for_all(caller, check_own);
	pid = crew_forkall(caller);
	CHECK(pid >= 0);
	crew_for_all(caller, check_own);
	become_normal();
	if (pid > 0)
		reap(pid);
}

static void test_snapshot(int n)
{
	int snap, pid;

	crew_muster(n);
	crew_for_all(0, set_own);
	snap = snapshot();
	CHECK(snap >= 0);
	crew_roll_call();
	crew_for_all(0, check_own);
	become_normal();
	for (int i = 0; i < 2 && snap > 0; i++) {
		pid = snapshot_resume(snap);
		CHECK(pid > 0);
		reap(pid);
	}
	if (snap > 0)
		CHECK_EQUAL(snapshot_discard(snap), 0);
}

/* In a process of its own, which may lower its priority for good. */
static void run(int n, void (*test)(int))
{
	int pid = fork1();

	CHECK(pid >= 0);
	if (pid == 0) {
		test(n);
		crew_dismiss();
		process_exit(0);
	}
	reap(pid);
}

int main(void)
{
	stop_timeout(0);		/* the idle may be late */
	learn_limits();
	for_each_count(n) {
		run(n, test_copy);
		run(n, test_snapshot);
	}
	return 0;
}
