/* Case 58: a request that waits too long for a critical section gives up, names
 * a thread that is inside, and leaves the sections open. */
#include "../core/checkpoint.h"
#include "test.h"

#define TIMEOUT 30				/* ms */

static struct semaphore said, go;

static void *insider(void *unused)
{
	CHECK_EQUAL(critical_enter(), 0);
	semaphore_post(&said);
	semaphore_wait(&go);
	CHECK_EQUAL(critical_leave(), 0);
	return unused;
}

int main(void)
{
	struct thread *thread = spawn(insider, NULL);
	long begin;

	semaphore_wait(&said);
	for (int i = 0; i < 3; i++) {
		begin = clock_now();
		CHECK_EQUAL(critical_close(TIMEOUT), -ETIMEDOUT);
		CHECK(clock_now() - begin >= TIMEOUT * 1000000L);
		CHECK_EQUAL(stop_culprit(), thread_tid(thread));
		CHECK_EQUAL(critical_try_enter(), 0);
		CHECK_EQUAL(critical_leave(), 0);
		CHECK_EQUAL(critical_leave(), -EPERM);
	}
	semaphore_post(&go);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	CHECK_EQUAL(critical_close(TIMEOUT), 0);
	CHECK_EQUAL(stop_culprit(), 0);
	critical_open();
	return 0;
}
