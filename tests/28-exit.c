/* Case 28: threads end all the time during stops, and each is being joined by
 * another.  Nothing deadlocks, no joiner is left behind in the copy, and every
 * stack is freed exactly once, in P and in the copy. */
#include "proc.h"

#define MOST 64

static struct thread *threads[MOST];
static struct barrier start;

/* Each joins the one made before it. */
static void *leaver(void *argument)
{
	long number = (long)argument;
	void *result;

	barrier_wait(&start);
	if (number > 0) {
		CHECK_EQUAL(thread_join(threads[number - 1], &result), 0);
		CHECK_EQUAL(result, number - 1);
	}
	return argument;
}

static void round_of(int n, unsigned delay)
{
	void *result;
	int pid;

	CHECK_EQUAL(barrier_init(&start, n + 1), 0);
	for (long i = 0; i < n; i++)
		threads[i] = spawn(leaver, (void *)i);
	barrier_wait(&start);
	for (volatile unsigned i = 0; i < delay; i++)
		;
	pid = forkall();
	CHECK(pid >= 0);
	CHECK_EQUAL(thread_join(threads[n - 1], &result), 0);
	CHECK_EQUAL(result, n - 1);
	await_threads(1);
	if (pid == 0)
		return;
	reap(pid);
}

static void test(int n, int rounds, unsigned long *random)
{
	int original = getpid();
	long before = count_mappings();

	while (rounds--) {
		round_of(n, random_next(random) % (unsigned)(2000 * n));
		CHECK_EQUAL(count_mappings(), before);
		if (getpid() != original)
			process_exit(0);
	}
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	test(1, 150, &random);
	test(2, 100, &random);
	test(8, 50, &random);
	test(MOST, 12, &random);
	return 0;
}
