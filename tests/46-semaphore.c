/* Case 46: a semaphore's value and its waiters are copied: each post in P wakes one
 * thread of P, each post in C one of C, and no post is lost. */
#include "test.h"

static struct semaphore semaphore;
static int taken;

static void *waiter(void *unused)
{
	CHECK_EQUAL(semaphore_wait(&semaphore), 0);
	add(&taken, 1);
	return unused;
}

static void check_arguments(void)
{
	static struct semaphore two = SEMAPHORE_INIT(2);
	struct timespec past = { 0, 0 }, bad[] = {
		{ 0, -1 }, { 0, 1000000000 }, { -1, 0 },
	};

	CHECK_EQUAL(semaphore_wait(&two), 0);
	CHECK_EQUAL(semaphore_wait_until(&two, &past), 0);
	CHECK_EQUAL(semaphore_wait_until(&two, &past), -ETIMEDOUT);
	CHECK_EQUAL(semaphore_post(&two), 0);
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(semaphore_wait_until(&two, &bad[i]), -EINVAL);
	CHECK_EQUAL(semaphore_wait_until(&two, NULL), -EINVAL);
	CHECK_EQUAL(semaphore_wait(&two), 0);
	CHECK_EQUAL(semaphore_init(NULL, 0), -EINVAL);
	CHECK_EQUAL(semaphore_init(&two, -1), -EINVAL);
	CHECK_EQUAL(semaphore_wait(NULL), -EINVAL);
	CHECK_EQUAL(semaphore_wait_until(NULL, &past), -EINVAL);
	CHECK_EQUAL(semaphore_post(NULL), -EINVAL);
	CHECK_EQUAL(semaphore_init(&two, 0x7fffffff), 0);
	CHECK_EQUAL(semaphore_post(&two), -EOVERFLOW);
	CHECK_EQUAL(semaphore_wait(&two), 0);
	CHECK_EQUAL(semaphore_post(&two), 0);
}

static void check_waiters(int count)
{
	struct thread *threads[64];
	int pid;

	taken = 0;
	CHECK_EQUAL(semaphore_init(&semaphore, 0), 0);
	for (int i = 0; i < count; i++) {
		threads[i] = spawn(waiter, NULL);
		wait_asleep(thread_tid(threads[i]));
	}
	pid = forkall();
	CHECK(pid >= 0);
	for (int i = 0; i < count; i++)
		wait_asleep(thread_tid(threads[i]));
	CHECK_EQUAL(taken, 0);
	for (int i = 0; i < count; i++)
		CHECK_EQUAL(semaphore_post(&semaphore), 0);
	for (int i = 0; i < count; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	CHECK_EQUAL(taken, count);
	CHECK_EQUAL(semaphore.value, 0);
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

int main(void)
{
	check_arguments();
	for (int n = 1; n <= 64; n = n == 1 ? 2 : n == 2 ? 8 : n * 8)
		check_waiters(n);
	return 0;
}
