/* Case 46: once_call() in progress when the copy is made is finished once in P and
 * once in C, by the copy of who began it, and all who wait for it see the end. */
#include "test.h"

static struct once once = ONCE_INIT;
static struct barrier begun;
static struct semaphore finish;
static int calls, finished;

static void function(void)
{
	add(&calls, 1);
	barrier_wait(&begun);
	CHECK_EQUAL(semaphore_wait(&finish), 0);
	store(&finished, 1);
}

static void *caller(void *unused)
{
	CHECK_EQUAL(once_call(&once, function), 0);
	CHECK_EQUAL(load(&finished), 1);
	CHECK_EQUAL(once_call(&once, function), 0);
	return unused;
}

static void check_callers(int count)
{
	struct thread *threads[64];
	int pid;

	once = (struct once)ONCE_INIT;
	calls = finished = 0;
	CHECK_EQUAL(barrier_init(&begun, 2), 0);
	CHECK_EQUAL(semaphore_init(&finish, 0), 0);
	for (int i = 0; i < count; i++)
		threads[i] = spawn(caller, NULL);
	barrier_wait(&begun);
	for (int i = 0; i < count; i++)
		wait_asleep(thread_tid(threads[i]));
	pid = forkall();
	CHECK(pid >= 0);
	for (int i = 0; i < count; i++)
		wait_asleep(thread_tid(threads[i]));
	CHECK_EQUAL(load(&finished), 0);
	CHECK_EQUAL(semaphore_post(&finish), 0);
	for (int i = 0; i < count; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	CHECK_EQUAL(calls, 1);
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

int main(void)
{
	CHECK_EQUAL(once_call(NULL, function), -EINVAL);
	CHECK_EQUAL(once_call(&once, NULL), -EINVAL);
	for (int n = 1; n <= 64; n = n == 1 ? 2 : n == 2 ? 8 : n * 8)
		check_callers(n);
	return 0;
}
