/* Case 17: a thread that blocks everything by a raw system call makes the stop
 * time out; the error names it, everything runs on, and once the thread has
 * opened its signals, all is well again: the stop signals that it gets then
 * belong to stops that were given up. */
#include "proc.h"
#include "raw.h"

#define MOST 64

static int callbacks;

static void callback(void *argument)
{
	(void)argument;
	add(&callbacks, 1);
}

static void check_timeouts(struct deaf *deaf)
{
	int descriptors = count_descriptors();
	long begin = clock_now(), took;

	CHECK_EQUAL(forkall(), -ETIMEDOUT);
	took = clock_now() - begin;
	CHECK(took >= 200 * 1000000L);
	CHECK_EQUAL(stop_culprit(), deaf->tid);
	crew_roll_call();

	CHECK_EQUAL(stop_timeout(10), 200);
	CHECK_EQUAL(synccall(callback, NULL), -ETIMEDOUT);
	CHECK_EQUAL(callbacks, 0);
	CHECK_EQUAL(stop_culprit(), deaf->tid);
	crew_roll_call();
	CHECK_EQUAL(forkall(), -ETIMEDOUT);
	CHECK_EQUAL(stop_culprit(), deaf->tid);

	CHECK_EQUAL(count_descriptors(), descriptors);
	check_childless();
}

static void test(int n)
{
	struct deaf deaf;
	int pid;

	stop_timeout(200);
	callbacks = 0;
	crew_muster(n);
	deaf_start(&deaf);
	check_timeouts(&deaf);

	stop_timeout(5000);
	deaf_open(&deaf);		/* and gets three late stop signals */
	crew_roll_call();
	CHECK_EQUAL(synccall(callback, NULL), 0);
	CHECK_EQUAL(callbacks, n + 1);
	pid = forkall();
	CHECK(pid >= 0);
	CHECK_EQUAL(stop_culprit(), 0);
	crew_roll_call();
	deaf_end(&deaf);
	crew_dismiss();
	if (pid == 0)
		process_exit(0);
	reap(pid);
	deaf_close(&deaf);
}

int main(void)
{
	CHECK_EQUAL(stop_culprit(), 0);
	CHECK_EQUAL(stop_timeout(-1), -EINVAL);
	CHECK_EQUAL(stop_timeout(200), 5000);
	for_each_count(n)
		test(n);
	return 0;
}
