/* Case 30: a stop meets threads in thread_join(), and threads that have ended but
 * are not joined yet.  Each join gives the same value in P and in the copy, which
 * has to repair the word that the kernel clears when a thread has gone. */
#include "proc.h"

#define MOST 64

static struct thread *runners[MOST], *gone[MOST];
static struct semaphore go;

static void *runner(void *argument)
{
	CHECK_EQUAL(semaphore_wait(&go), 0);
	return (char *)argument + 1000;
}

static void *joiner(void *argument)
{
	void *result;

	CHECK_EQUAL(thread_join(runners[(long)argument], &result), 0);
	return result;
}

static void *leaver(void *argument)
{
	thread_exit((char *)argument + 2000);
}

static void test(int n)
{
	struct thread *joiners[MOST];
	void *result;
	int pid;

	for (long i = 0; i < n; i++)
		gone[i] = spawn(leaver, (void *)i);
	await_threads(1);
	for (long i = 0; i < n; i++) {
		runners[i] = spawn(runner, (void *)i);
		joiners[i] = spawn(joiner, (void *)i);
		wait_asleep(thread_tid(joiners[i]));
	}
	CHECK_EQUAL(thread_join(runners[0], NULL), -EINVAL);

	pid = forkall();
	CHECK(pid >= 0);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(semaphore_post(&go), 0);
	for (int i = 0; i < n; i++) {
		CHECK_EQUAL(thread_join(joiners[i], &result), 0);
		CHECK_EQUAL(result, i + 1000);
		CHECK_EQUAL(thread_join(gone[i], &result), 0);
		CHECK_EQUAL(result, i + 2000);
	}
	await_threads(1);
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

int main(void)
{
	long before;

	test(1);
	before = count_mappings();
	for (int i = 0; i < 5; i++) {
		test(1);
		test(2);
		test(8);
		test(MOST);
	}
	CHECK_EQUAL(count_mappings(), before);
	return 0;
}
