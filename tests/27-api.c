/* Case 27: what thread_create(), thread_join() and thread_detach() refuse, with
 * which error, and that nothing happened then. */
#include "proc.h"

static struct semaphore go;

static void *wait_for_go(void *argument)
{
	CHECK_EQUAL(semaphore_wait(&go), 0);
	return argument;
}

static void *join_it(void *thread)
{
	void *result;

	CHECK_EQUAL(thread_join(thread, &result), 0);
	return result;
}

static void *join_oneself(void *unused)
{
	CHECK_EQUAL(thread_join(thread_self(), NULL), -EDEADLK);
	CHECK_EQUAL(thread_detach(thread_self()), 0);
	CHECK_EQUAL(thread_join(thread_self(), NULL), -EDEADLK);
	CHECK_EQUAL(semaphore_post(&go), 0);
	return unused;
}

static void test_create(void)
{
	struct thread_attr attr = { 0 };
	struct thread *thread = NULL;
	void *result;

	CHECK_EQUAL(thread_create(&thread, NULL, NULL, NULL), -EINVAL);
	CHECK_EQUAL(thread_create(NULL, NULL, join_it, NULL), -EINVAL);
	CHECK_EQUAL(thread_create(NULL, &attr, join_it, NULL), -EINVAL);
	attr.stack_size = 4095;
	CHECK_EQUAL(thread_create(&thread, &attr, join_it, NULL), -EINVAL);
	attr.stack_size = 1;
	CHECK_EQUAL(thread_create(&thread, &attr, join_it, NULL), -EINVAL);
	for (int shift = 47; shift < 64; shift++) {
		attr.stack_size = 1UL << shift;
		CHECK_EQUAL(thread_create(&thread, &attr, join_it, NULL),
			    -ENOMEM);
	}
	attr.stack_size = ~0UL;
	CHECK_EQUAL(thread_create(&thread, &attr, join_it, NULL), -ENOMEM);
	attr.stack_size = 0;
	attr.guard_size = ~0UL - 4095;
	CHECK_EQUAL(thread_create(&thread, &attr, join_it, NULL), -ENOMEM);
	CHECK_EQUAL(thread, NULL);
	attr.stack_size = 4096;
	attr.guard_size = 1;
	CHECK_EQUAL(semaphore_post(&go), 0);
	CHECK_EQUAL(thread_create(&thread, &attr, wait_for_go, &go), 0);
	CHECK_EQUAL(thread_join(thread, &result), 0);
	CHECK_EQUAL(result, &go);
}

static void test_join(void)
{
	struct thread *thread = spawn(wait_for_go, &thread), *joiner;
	void *result;

	CHECK_EQUAL(thread_join(NULL, NULL), -EINVAL);
	CHECK_EQUAL(thread_join(thread_self(), NULL), -EDEADLK);
	joiner = spawn(join_it, thread);
	wait_asleep(thread_tid(joiner));
	CHECK_EQUAL(thread_join(thread, NULL), -EINVAL);
	CHECK_EQUAL(thread_detach(thread), -EINVAL);
	CHECK_EQUAL(semaphore_post(&go), 0);
	CHECK_EQUAL(thread_join(joiner, &result), 0);
	CHECK_EQUAL(result, &thread);
}

static void test_detach(void)
{
	struct thread_attr attr = { .detached = 1 };
	struct thread *thread = spawn(wait_for_go, NULL);

	CHECK_EQUAL(thread_detach(NULL), -EINVAL);
	CHECK_EQUAL(thread_detach(thread), 0);
	CHECK_EQUAL(thread_detach(thread), -EINVAL);
	CHECK_EQUAL(thread_join(thread, NULL), -EINVAL);
	CHECK_EQUAL(semaphore_post(&go), 0);
	await_threads(1);

	CHECK_EQUAL(thread_create(&thread, &attr, wait_for_go, NULL), 0);
	CHECK_EQUAL(thread_join(thread, NULL), -EINVAL);
	CHECK_EQUAL(thread_detach(thread), -EINVAL);
	CHECK_EQUAL(semaphore_post(&go), 0);
	await_threads(1);

	spawn(join_oneself, NULL);
	CHECK_EQUAL(semaphore_wait(&go), 0);
	await_threads(1);
}

int main(void)
{
	long before = 0;

	for (int i = 0; i < 20; i++) {
		test_create();
		test_join();
		test_detach();
		if (i == 0)
			before = count_mappings();
		CHECK_EQUAL(count_mappings(), before);
	}
	return 0;
}
