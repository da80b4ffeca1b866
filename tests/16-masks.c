/* Case 16: every thread has its own signal mask in the copy, the caller too,
 * whoever that is.  The kernel's word counts, not only the library's; and
 * SIGSYNCCALL is never blocked, whatever a program asks for. */
#include "signals.h"

#define MOST 64

static unsigned long masks[MOST];
static int caller, result;
static struct barrier start, called;

static void check_mask(long number)
{
	unsigned long mask = masks[number] & BLOCKABLE;

	CHECK_EQUAL(get_mask(), mask);
	CHECK_EQUAL(signals_of(getpid(), gettid()).blocked, mask);
}

static void live(long number)
{
	set_mask(masks[number]);
	barrier_wait(&start);
	if (number == caller)
		result = forkall();
	barrier_wait(&called);
	check_mask(number);
	/* And nothing is left of the stop that another mask would bring out. */
	set_mask(~masks[number]);
	CHECK_EQUAL(get_mask(), ~masks[number] & BLOCKABLE);
}

static void *other(void *argument)
{
	live((long)argument);
	return argument;
}

static void test(int n, unsigned long *seed)
{
	struct thread *threads[MOST];

	for (int i = 0; i < n; i++)
		masks[i] = (unsigned long)random_next(seed) << 32 |
			   random_next(seed);
	masks[random_next(seed) % (unsigned)n] = EVERYTHING;
	masks[random_next(seed) % (unsigned)n] = 0;
	caller = (int)(random_next(seed) % (unsigned)n);
	CHECK_EQUAL(barrier_init(&start, n), 0);
	CHECK_EQUAL(barrier_init(&called, n), 0);
	for (long i = 1; i < n; i++)
		threads[i] = spawn(other, (void *)i);
	live(0);
	for (int i = 1; i < n; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	set_mask(0);
	CHECK(result >= 0);
	if (result == 0)
		process_exit(0);
	reap(result);
}

int main(int argc, char **argv)
{
	unsigned long seed = random_seed(argc, argv);

	for (int round = 0; round < 4; round++)
		for_each_count(n)
			test(n, &seed);
	return 0;
}
