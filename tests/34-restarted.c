/* Case 34: a restarted process takes an image of itself, is restarted from that,
 * and so on, eight deep, eagerly and lazily in turn.  In each there are all
 * threads, and forkall(), a snapshot, synccall() and new threads work. */
#include "restarted.h"
#include "crew.h"
#undef forkall

#define GENERATIONS 8

static int called;

static void count_call(void *unused)
{
	(void)unused;
	called++;
}

static void *return_argument(void *argument)
{
	return argument;
}

static void check_copy(int pid)
{
	CHECK(pid >= 0);
	crew_roll_call();
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

static void check_snapshot(void)
{
	int snap = snapshot(), pid;

	CHECK(snap >= 0);
	crew_roll_call();
	if (snap == 0)
		process_exit(0);
	pid = snapshot_resume(snap);
	CHECK(pid > 0);
	reap(pid);
	CHECK_EQUAL(snapshot_discard(snap), 0);
}

static void check_all(int has_child)
{
	void *result;

	crew_roll_call();
	CHECK_EQUAL(thread_tid(thread_self()), getpid());
	CHECK_EQUAL(proc_field("/proc/self/status", "Threads:"), crew.size);
	called = 0;
	CHECK_EQUAL(synccall(count_call, NULL), 0);
	CHECK_EQUAL(called, crew.size);
	CHECK_EQUAL(thread_join(spawn(return_argument, &called), &result), 0);
	CHECK_EQUAL(result, &called);
	await_threads(crew.size);
	check_copy(forkall());
	check_snapshot();
	if (!has_child)
		check_childless();
}

static void test(int n)
{
	int generation = 0, pid = 0;

	crew_muster(n);
	while (pid == 0 && generation++ < GENERATIONS) {
		pid = restarted_copy();
		CHECK(pid >= 0);
		check_all(pid > 0);
	}
	if (pid > 0)
		reap(pid);
	crew_dismiss();
	if (generation > 1)
		process_exit(0);
	await_threads(1);
}

int main(void)
{
	for_each_count(n)
		test(n);
	return 0;
}
