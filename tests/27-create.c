/* Case 27: threads are created all the time during stops.  Each is wholly in the
 * copy or not at all: whoever was in thread_create() gets, in P and in the copy,
 * a thread that runs once and can be joined. */
#include "proc.h"

#define MOST 64
#define AT_ONCE 3

static int ending;

static void *count_me(void *argument)
{
	add((int *)argument, 1);
	return argument;
}

static void *creator(void *argument)
{
	struct thread *threads[AT_ONCE];
	int runs[AT_ONCE];
	void *result;

	while (!load(&ending)) {
		for (int i = 0; i < AT_ONCE; i++) {
			store(&runs[i], 0);
			threads[i] = spawn(count_me, &runs[i]);
		}
		for (int i = AT_ONCE - 1; i >= 0; i--) {
			CHECK_EQUAL(thread_join(threads[i], &result), 0);
			CHECK_EQUAL(result, &runs[i]);
			CHECK_EQUAL(load(&runs[i]), 1);
		}
	}
	return argument;
}

static void end(struct thread **creators, int n)
{
	store(&ending, 1);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(thread_join(creators[i], NULL), 0);
	await_threads(1);
}

static void test(int n, int rounds)
{
	struct thread *creators[MOST];
	int pid;

	store(&ending, 0);
	for (int i = 0; i < n; i++)
		creators[i] = spawn(creator, NULL);
	while (rounds--) {
		pid = forkall();
		CHECK(pid >= 0);
		if (pid == 0) {
			end(creators, n);
			process_exit(0);
		}
		reap(pid);
	}
	end(creators, n);
}

int main(void)
{
	test(1, 60);
	test(2, 60);
	test(8, 30);
	test(MOST, 6);
	return 0;
}
