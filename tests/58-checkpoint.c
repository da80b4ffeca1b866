/* Case 58: while a thread is in a critical section, the request for an image waits;
 * it is taken when the last one has left, and then those who wait to enter come
 * in, in the original and in the restarted process.  If nobody leaves, the request
 * gives up in time, and all is as before. */
#include "proc.h"
#include "restart.h"

#define TIMEOUT 100	/* ms */

static struct semaphore inside[2], leave[2];
static int left[2], entered, requested, result;

static void *insider(void *argument)
{
	long i = (long)argument;

	CHECK_EQUAL(critical_enter(), 0);
	semaphore_post(&inside[i]);
	semaphore_wait(&leave[i]);
	store(&left[i], 1);
	CHECK_EQUAL(critical_leave(), 0);
	return NULL;
}

static void *request(void *unused)
{
	result = checkpoint(image_path);
	CHECK_EQUAL(load(&left[0]), 1);
	CHECK_EQUAL(load(&left[1]), 1);
	store(&requested, 1);
	return unused;
}

/* The image does not have it inside. */
static void *late(void *unused)
{
	CHECK_EQUAL(critical_enter(), 0);
	CHECK(load(&left[0]) && load(&left[1]));
	store(&entered, 1);
	CHECK_EQUAL(critical_leave(), 0);
	return unused;
}

static void check_entry(void)
{
	CHECK_EQUAL(critical_enter(), 0);
	CHECK_EQUAL(critical_leave(), 0);
	CHECK_EQUAL(critical_try_enter(), 0);
	CHECK_EQUAL(critical_leave(), 0);
	CHECK_EQUAL(critical_leave(), -EPERM);
}

/* Returns what the request did. */
static int test_wait(void)
{
	struct thread *insiders[2], *requester, *waiter;

	left[0] = left[1] = entered = requested = 0;
	for (long i = 0; i < 2; i++) {
		insiders[i] = spawn(insider, (void *)i);
		semaphore_wait(&inside[i]);
	}
	requester = spawn(request, NULL);
	wait_asleep(thread_tid(requester));
	CHECK_EQUAL(critical_try_enter(), -EBUSY);
	waiter = spawn(late, NULL);
	wait_asleep(thread_tid(waiter));

	semaphore_post(&leave[0]);
	CHECK_EQUAL(thread_join(insiders[0], NULL), 0);
	wait_asleep(thread_tid(requester));
	CHECK_EQUAL(critical_try_enter(), -EBUSY);
	CHECK_EQUAL(load(&requested) || load(&entered), 0);
	CHECK_EQUAL(count_images(), 0);

	semaphore_post(&leave[1]);
	CHECK_EQUAL(thread_join(insiders[1], NULL), 0);
	CHECK_EQUAL(thread_join(requester, NULL), 0);
	CHECK_EQUAL(thread_join(waiter, NULL), 0);
	CHECK_EQUAL(load(&entered), 1);
	check_entry();
	return result;
}

static void test_timeout(void)
{
	struct thread *in;
	int r;

	left[0] = left[1] = 1;
	in = spawn(insider, (void *)0);
	semaphore_wait(&inside[0]);
	stop_timeout(TIMEOUT);
	for (int i = 0; i < 2; i++) {
		CHECK_EQUAL(checkpoint(image_path), -ETIMEDOUT);
		CHECK_EQUAL(stop_culprit(), thread_tid(in));
		CHECK_EQUAL(count_images(), 0);
		check_entry();
	}
	stop_timeout(5000);
	semaphore_post(&leave[0]);
	CHECK_EQUAL(thread_join(in, NULL), 0);
	r = checkpoint(image_path);
	CHECK(r == 0 || r == 1);
	CHECK_EQUAL(stop_culprit(), 0);
	check_entry();
	if (r == 1)
		process_exit(0);
	check_restart(image_path);
	remove_file(image_path);
}

int main(void)
{
	images_begin();
	for (int i = 0; i < 5; i++) {
		CHECK(test_wait() >= 0);
		if (result == 1)
			process_exit(0);
		check_restart(image_path);
		remove_file(image_path);
	}
	test_timeout();
	check_childless();
	images_end();
	return 0;
}
