/* Case 46: threads that wait for a condition variable do so in P and in C; a
 * signal wakes one of that process, a broadcast all of them, with the mutex
 * locked as deep as it was. */
#include "test.h"

static struct mutex mutex;
static struct condition condition = CONDITION_INIT;
static int tickets, taken;		/* under the mutex */

static void *waiter(void *unused)
{
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	while (!tickets)
		CHECK_EQUAL(condition_wait(&condition, &mutex), 0);
	tickets--;
	taken++;
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
	CHECK_EQUAL(mutex_trylock(&mutex), 0);
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
	CHECK_EQUAL(mutex_unlock(&mutex), -EPERM);
	return unused;
}

static void give(int count, int (*wake)(struct condition *))
{
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	tickets += count;
	CHECK_EQUAL(wake(&condition), 0);
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
}

static void check_waiters(int count)
{
	struct thread *threads[64];
	int pid;

	tickets = taken = 0;
	for (int i = 0; i < count; i++) {
		threads[i] = spawn(waiter, NULL);
		wait_asleep(thread_tid(threads[i]));
	}
	pid = forkall();
	CHECK(pid >= 0);
	for (int i = 0; i < count / 2; i++)
		give(1, condition_signal);
	give(count - count / 2, condition_broadcast);
	for (int i = 0; i < count; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	CHECK_EQUAL(taken, count);
	CHECK_EQUAL(tickets, 0);
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

static void check_arguments(void)
{
	struct timespec past = { 0, 0 }, bad[] = {
		{ 0, -1 }, { 0, 1000000000 }, { -1, 0 },
	};
	struct mutex checked;

	CHECK_EQUAL(mutex_init(&checked, MUTEX_ERRORCHECK), 0);
	CHECK_EQUAL(condition_signal(NULL), -EINVAL);
	CHECK_EQUAL(condition_broadcast(NULL), -EINVAL);
	CHECK_EQUAL(condition_wait(NULL, &checked), -EINVAL);
	CHECK_EQUAL(condition_wait(&condition, NULL), -EINVAL);
	CHECK_EQUAL(condition_wait(&condition, &checked), -EPERM);
	CHECK_EQUAL(mutex_lock(&checked), 0);
	CHECK_EQUAL(condition_wait_until(&condition, &checked, NULL), -EINVAL);
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(condition_wait_until(&condition, &checked, &bad[i]),
			    -EINVAL);
	CHECK_EQUAL(condition_wait_until(&condition, &checked, &past),
		    -ETIMEDOUT);
	CHECK_EQUAL(mutex_lock(&checked), -EDEADLK);	/* so it is held */
	CHECK_EQUAL(mutex_unlock(&checked), 0);
}

int main(void)
{
	check_arguments();
	CHECK_EQUAL(mutex_init(&mutex, MUTEX_RECURSIVE), 0);
	for (int n = 1; n <= 64; n = n == 1 ? 2 : n == 2 ? 8 : n * 8)
		check_waiters(n);
	return 0;
}
