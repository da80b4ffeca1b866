/* Case 57: a thread's callback proceeds too late for the image that it was asked
 * for: -ETIMEDOUT, and the thread is named; nothing is written.  In time for the
 * next. */
#include "proc.h"
#include "restart.h"

#define TIMEOUT 200	/* ms */

static struct semaphore ready, proceed;
static int patient, got, calls, finished;

static void call(void *unused)
{
	(void)unused;
	add(&calls, 1);
	if (!load(&patient))
		while (semaphore_wait(&proceed) == -EINTR)
			;
	store(&got, checkpoint_proceed(CHECKPOINT_READY));
	semaphore_post(&ready);
}

static void *thread(void *unused)
{
	struct callback callback = { call, NULL, NULL };

	CHECK_EQUAL(callback_add(&callback, CALLBACK_THREAD), 0);
	semaphore_post(&ready);
	while (!load(&finished))
		;
	return unused;
}

int main(void)
{
	struct thread *late;
	int r;

	images_begin();
	late = spawn(thread, NULL);
	semaphore_wait(&ready);
	stop_timeout(TIMEOUT);
	for (int i = 1; i <= 3; i++) {
		CHECK_EQUAL(checkpoint(image_path), -ETIMEDOUT);
		CHECK_EQUAL(stop_culprit(), thread_tid(late));
		CHECK_EQUAL(count_images(), 0);
		check_childless();
		semaphore_post(&proceed);
		semaphore_wait(&ready);
		CHECK_EQUAL(got, -ETIMEDOUT);
		CHECK_EQUAL(calls, i);
	}
	stop_timeout(5000);
	patient = 1;
	r = checkpoint(image_path);
	CHECK(r == 0 || r == 1);
	CHECK_EQUAL(stop_culprit(), 0);
	semaphore_wait(&ready);
	CHECK_EQUAL(got, r);
	store(&finished, 1);
	CHECK_EQUAL(thread_join(late, NULL), 0);
	if (r == 1)
		process_exit(0);
	check_restart(image_path);
	images_end();
	return 0;
}
