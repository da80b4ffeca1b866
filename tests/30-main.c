/* Case 30: in P and in the copy the main thread ends after the copy was made,
 * and others join it, and go on to create and join threads.  Hard because the
 * copy's main thread is the task that made the others: it too must have the
 * word that the kernel clears when it has gone. */
#include "test.h"

static struct thread *main_thread;
static int pid;

static void *nothing(void *argument)
{
	return argument;
}

static void *successor(void *unused)
{
	void *result;

	CHECK_EQUAL(thread_join(main_thread, &result), 0);
	CHECK_EQUAL(result, &main_thread);
	for (int i = 0; i < 10; i++)
		CHECK_EQUAL(thread_join(spawn(nothing, unused), NULL), 0);
	if (pid > 0)
		reap(pid);
	process_exit(0);
}

static void *caller(void *unused)
{
	pid = forkall();
	CHECK(pid >= 0);
	return unused;
}

static _Noreturn void test(int called_by_main)
{
	main_thread = thread_self();
	spawn(successor, NULL);
	if (called_by_main)
		caller(NULL);
	else
		CHECK_EQUAL(thread_join(spawn(caller, NULL), NULL), 0);
	thread_exit(&main_thread);
}

int main(void)
{
	int child;

	for (int called_by_main = 0; called_by_main < 2; called_by_main++) {
		child = fork1();
		CHECK(child >= 0);
		if (child == 0)
			test(called_by_main);
		reap(child);
	}
	return 0;
}
