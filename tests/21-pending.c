/* Case 21: signals that are pending, for a thread or for the process, stay so
 * in P and do not exist in the copy: as with fork(), which is what the kernel
 * does for one thread; here it must hold for all of them. */
#include "signals.h"

#define MOST   64
#define QUEUED 3

static struct barrier ready, called, opened;
static int caller, result, handled, handled_anywhere;

static void count(int signal)
{
	add(signal == FIRST_QUEUED ? &handled : &handled_anywhere, 1);
}

static void live(long number)
{
	unsigned long own = BIT(FIRST_QUEUED), shared = BIT(SIGUSR1) | BIT(41);

	set_mask(EVERYTHING);
	for (int i = 0; i < QUEUED; i++)
		send(getpid(), gettid(), FIRST_QUEUED);
	barrier_wait(&ready);
	if (number == caller)
		result = forkall();
	barrier_wait(&called);
	/* The copy may have ended already. */
	CHECK_EQUAL(pending_signals() & ~BIT(SIGCHLD),
		    result ? own | shared : 0);
	barrier_wait(&opened);
	set_mask(0);
}

static void *other(void *argument)
{
	live((long)argument);
	return argument;
}

static void test(int n, int who)
{
	struct thread *threads[MOST];

	set_mask(EVERYTHING);
	handled = handled_anywhere = 0;
	caller = who;
	CHECK_EQUAL(barrier_init(&ready, n), 0);
	CHECK_EQUAL(barrier_init(&called, n), 0);
	CHECK_EQUAL(barrier_init(&opened, n), 0);
	for (long i = 1; i < n; i++)
		threads[i] = spawn(other, (void *)i);
	CHECK_EQUAL(system_call(__NR_kill, getpid(), SIGUSR1), 0);
	CHECK_EQUAL(system_call(__NR_kill, getpid(), 41), 0);
	CHECK_EQUAL(system_call(__NR_kill, getpid(), 41), 0);
	live(0);
	for (int i = 1; i < n; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	CHECK(result >= 0);
	CHECK_EQUAL(handled, result ? n * QUEUED : 0);
	CHECK_EQUAL(handled_anywhere, result ? 3 : 0);
	if (result == 0)
		process_exit(0);
	reap(result);
}

int main(void)
{
	handle(SIGUSR1, count, 0);
	handle(FIRST_QUEUED, count, 0);
	handle(41, count, 0);
	for_each_count(n) {
		test(n, 0);
		test(n, n - 1);
	}
	return 0;
}
