/* Case 17: stops that follow a given-up synccall() at once.  Threads that had
 * parked for it have not even woken up when the next stop begins, and must
 * take part in that one, too: only the deaf thread is ever to blame. */
#include "raw.h"

#define ROUNDS 20

static int callbacks;

static void callback(void *argument)
{
	(void)argument;
	callbacks++;
}

static void test(int n)
{
	struct deaf deaf;
	int pid;

	/* The culprit is the newest thread that did not stop: so, of all, the
	 * deaf one is the oldest. */
	deaf_start(&deaf);
	crew_muster(n);
	stop_timeout(20);
	for (int i = 0; i < ROUNDS; i++) {
		CHECK_EQUAL(synccall(callback, NULL), -ETIMEDOUT);
		CHECK_EQUAL(stop_culprit(), deaf.tid);
	}
	CHECK_EQUAL(forkall(), -ETIMEDOUT);
	CHECK_EQUAL(stop_culprit(), deaf.tid);
	CHECK_EQUAL(callbacks, 0);
	stop_timeout(5000);
	deaf_open(&deaf);
	pid = forkall();
	CHECK(pid >= 0);
	crew_roll_call();
	crew_dismiss();
	deaf_end(&deaf);
	if (pid == 0)
		process_exit(0);
	reap(pid);
	deaf_close(&deaf);
}

int main(void)
{
	test(2);
	test(8);
	return 0;
}
