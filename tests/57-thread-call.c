/* Case 57: a thread inside a timed wait runs callbacks that wait themselves, again
 * and again; its own wait ends neither early nor late. */
#include "shot.h"
#include <linux/poll.h>

#define WAIT   400				/* ms */
#define STOPS  20				/* spread over 300 ms */

static struct semaphore ready;
static int calls;

static void wait_and_proceed(void *unused)
{
	struct timespec time = { 0, 1000000 };

	(void)unused;
	CHECK_EQUAL(system_call(__NR_ppoll, NULL, 0, &time, NULL, 0), 0);
	CHECK_EQUAL(checkpoint_proceed(CHECKPOINT_READY), 0);
	calls++;
}

static void *waiter(void *unused)
{
	struct callback callback = { wait_and_proceed, NULL, NULL };
	struct timespec time = { 0, WAIT * 1000000L };
	const unsigned long none = 0;
	long begin, took;

	CHECK_EQUAL(callback_add(&callback, CALLBACK_THREAD), 0);
	begin = clock_now();
	semaphore_post(&ready);
	/* The kernel does not tell how much of its time is left. */
	CHECK_EQUAL(system_call(__NR_rt_sigtimedwait, &none, NULL, &time,
				sizeof none), -EAGAIN);
	took = (clock_now() - begin) / 1000000;
	CHECK(took >= WAIT);
	/* The last stop is 300 ms after the first. */
	CHECK(took < WAIT + 250);
	return unused;
}

int main(void)
{
	struct thread *thread = spawn(waiter, NULL);

	semaphore_wait(&ready);
	wait_asleep(thread_tid(thread));
	for (int i = 0; i < STOPS; i++) {
		CHECK_EQUAL(callbacks_run(dry_shot), 0);
		CHECK_EQUAL(sleep_for(15000000), 0);
	}
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	CHECK_EQUAL(calls, STOPS);
	return 0;
}
