/* Case 58: a critical section keeps the request out until the last thread has
 * left, and not a moment longer; who comes meanwhile waits.  Sections nest. */
#include "../core/checkpoint.h"
#include "test.h"

static struct semaphore said, go;
static int closed, entered;

/* Enters, and goes deeper or up one level as told. */
static void *insider(void *unused)
{
	CHECK_EQUAL(critical_enter(), 0);
	semaphore_post(&said);
	semaphore_wait(&go);
	CHECK_EQUAL(critical_enter(), 0);	/* although it is closed */
	CHECK_EQUAL(critical_try_enter(), 0);
	CHECK_EQUAL(critical_leave(), 0);
	CHECK_EQUAL(critical_leave(), 0);
	semaphore_post(&said);
	semaphore_wait(&go);
	CHECK_EQUAL(critical_leave(), 0);
	CHECK_EQUAL(critical_leave(), -EPERM);
	return unused;
}

static void *closer(void *unused)
{
	CHECK_EQUAL(critical_close(0), 0);
	store(&closed, 1);
	semaphore_post(&said);
	semaphore_wait(&go);
	/* It may enter: it would wait for itself. */
	CHECK_EQUAL(critical_leave(), -EPERM);
	CHECK_EQUAL(critical_enter(), 0);
	CHECK_EQUAL(critical_leave(), 0);
	CHECK_EQUAL(critical_leave(), -EPERM);
	store(&closed, 0);
	critical_open();
	return unused;
}

static void *late(void *unused)
{
	CHECK_EQUAL(critical_enter(), 0);
	CHECK_EQUAL(load(&closed), 0);
	store(&entered, 1);
	CHECK_EQUAL(critical_leave(), 0);
	return unused;
}

static void *ends_inside(void *unused)
{
	CHECK_EQUAL(critical_enter(), 0);
	CHECK_EQUAL(critical_enter(), 0);
	return unused;
}

static void close_at_once(void)
{
	CHECK_EQUAL(critical_close(1000), 0);
	critical_open();
}

int main(void)
{
	struct thread *inside, *request, *waiter;

	CHECK_EQUAL(critical_leave(), -EPERM);
	CHECK_EQUAL(critical_enter(), 0);
	CHECK_EQUAL(critical_close(1000), -EDEADLK);
	CHECK_EQUAL(critical_leave(), 0);
	close_at_once();

	inside = spawn(insider, NULL);
	semaphore_wait(&said);
	request = spawn(closer, NULL);
	wait_asleep(thread_tid(request));
	CHECK_EQUAL(critical_try_enter(), -EBUSY);
	CHECK_EQUAL(critical_leave(), -EPERM);
	waiter = spawn(late, NULL);
	wait_asleep(thread_tid(waiter));
	semaphore_post(&go);
	semaphore_wait(&said);
	wait_asleep(thread_tid(request));
	CHECK_EQUAL(load(&closed), 0);

	semaphore_post(&go);
	CHECK_EQUAL(thread_join(inside, NULL), 0);
	semaphore_wait(&said);
	CHECK_EQUAL(load(&closed), 1);
	CHECK_EQUAL(load(&entered), 0);
	CHECK_EQUAL(critical_try_enter(), -EBUSY);
	semaphore_post(&go);
	CHECK_EQUAL(thread_join(request, NULL), 0);
	CHECK_EQUAL(thread_join(waiter, NULL), 0);
	CHECK_EQUAL(load(&entered), 1);

	CHECK_EQUAL(thread_join(spawn(ends_inside, NULL), NULL), 0);
	close_at_once();
	return 0;
}
