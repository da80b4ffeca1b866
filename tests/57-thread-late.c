/* Case 57: a callback of a thread does not proceed in time: the request gives up
 * and names the thread.  As long as the callback takes no other stop reaches the
 * thread; what it then hears is the end of its own. */
#include "shot.h"

#define TIMEOUT 200	/* ms; the others have to stop in that time */

static struct semaphore ready, proceed, finish;
static int patient, got[2], calls[2], runs, done;

static void wait_and_proceed(void *unused)
{
	(void)unused;
	add(&calls[0], 1);
	if (!load(&patient))
		while (semaphore_wait(&proceed) == -EINTR)
			;
	store(&got[0], checkpoint_proceed(CHECKPOINT_READY));
	semaphore_post(&finish);
}

static void just_proceed(void *unused)
{
	(void)unused;
	add(&calls[1], 1);
	store(&got[1], checkpoint_proceed(CHECKPOINT_READY));
	semaphore_post(&finish);
}

static void *thread(void *function)
{
	struct callback callback = { (void (*)(void *))function, NULL, NULL };

	CHECK_EQUAL(callback_add(&callback, CALLBACK_THREAD), 0);
	semaphore_post(&ready);
	while (!load(&done))
		;
	return NULL;
}

static void count(void *unused)
{
	(void)unused;
	runs++;
}

static void check_late(struct thread *late)
{
	CHECK_EQUAL(callbacks_run(dry_shot), -ETIMEDOUT);
	CHECK_EQUAL(stop_culprit(), thread_tid(late));
	CHECK_EQUAL(callbacks_refused(), 0);
	semaphore_wait(&finish);			/* the other */
	CHECK_EQUAL(got[1], -ETIMEDOUT);
	runs = 0;
	CHECK_EQUAL(synccall(count, NULL), -ETIMEDOUT);
	CHECK_EQUAL(stop_culprit(), thread_tid(late));
	CHECK_EQUAL(runs, 0);
	CHECK_EQUAL(callbacks_run(dry_shot), -ETIMEDOUT);
	semaphore_wait(&finish);
	CHECK_EQUAL(calls[0], 1);
	CHECK_EQUAL(calls[1], 2);
	got[0] = 0;
	semaphore_post(&proceed);
	semaphore_wait(&finish);
	CHECK_EQUAL(got[0], -ETIMEDOUT);
}

int main(void)
{
	struct thread *late = spawn(thread, (void *)wait_and_proceed);
	struct thread *other = spawn(thread, (void *)just_proceed);

	semaphore_wait(&ready);
	semaphore_wait(&ready);
	for (int i = 0; i < 2; i++) {
		calls[0] = calls[1] = 0;
		patient = 0;
		stop_timeout(TIMEOUT);
		check_late(late);

		stop_timeout(5000);
		runs = 0;
		CHECK_EQUAL(synccall(count, NULL), 0);
		CHECK_EQUAL(runs, 3);
		patient = 1;
		CHECK_EQUAL(callbacks_run(dry_shot), 0);
		semaphore_wait(&finish);
		semaphore_wait(&finish);
		CHECK_EQUAL(got[0], 0);
		CHECK_EQUAL(got[1], 0);
		CHECK_EQUAL(calls[0], 2);
	}
	store(&done, 1);
	CHECK_EQUAL(thread_join(late, NULL), 0);
	CHECK_EQUAL(thread_join(other, NULL), 0);
	return 0;
}
