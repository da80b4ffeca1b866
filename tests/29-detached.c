/* Case 29: a stop meets detached threads in their last instructions, when they
 * free the stack they stand on, and threads that are detached just as they end.
 * All disappear in P and in the copy, and so do their stacks, once each. */
#include "proc.h"

#define MOST 64

static struct thread *threads[MOST];
static struct barrier start;

enum { BORN_DETACHED, DETACHED_BY_MAIN, DETACHES_ITSELF };

static void *leaver(void *argument)
{
	int kind = (int)((long)argument % 3);

	barrier_wait(&start);
	if (kind == DETACHES_ITSELF)
		CHECK_EQUAL(thread_detach(thread_self()), 0);
	if (kind == BORN_DETACHED)
		CHECK_EQUAL(thread_detach(thread_self()), -EINVAL);
	return argument;
}

static void detach(int from, int to)
{
	for (int i = from; i < to; i++)
		if (i % 3 == DETACHED_BY_MAIN)
			CHECK_EQUAL(thread_detach(threads[i]), 0);
}

static void create(int n)
{
	struct thread_attr attr = { 0 };

	for (int i = 0; i < n; i++) {
		attr.detached = i % 3 == BORN_DETACHED;
		CHECK_EQUAL(thread_create(attr.detached ? NULL : &threads[i],
					  &attr, leaver, (void *)(long)i), 0);
	}
}

static void test(int n, int rounds, unsigned long *random)
{
	long before = count_mappings();
	int pid, middle;

	while (rounds--) {
		CHECK_EQUAL(barrier_init(&start, n + 1), 0);
		create(n);
		middle = (int)(random_next(random) % (unsigned)(n + 1));
		barrier_wait(&start);
		for (volatile unsigned i = random_next(random) % 2000; i; i--)
			;
		detach(0, middle);
		pid = forkall();
		CHECK(pid >= 0);
		detach(middle, n);
		await_threads(1);
		CHECK_EQUAL(count_mappings(), before);
		if (pid == 0)
			process_exit(0);
		reap(pid);
	}
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	test(1, 150, &random);
	test(2, 100, &random);
	test(8, 60, &random);
	test(MOST, 15, &random);
	return 0;
}
