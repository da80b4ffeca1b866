/* Case 13: a signal that the program ignores ends no call, whenever a stop
 * comes as well.  Hard because the kernel drops such a signal at once only if
 * the main thread does not block it, as it does here and in every stop: else a
 * thread wakes up for nothing.  Then semop, epoll_wait and sigtimedwait give
 * EINTR, and the other calls are resumed in a way that a stop can spoil. */
#include "interrupt.h"

#define IGNORED 40			/* a real-time signal: it is queued */

static int over;

static void waiter(int number)
{
	CHECK_EQUAL(wait_for_signal(number % KINDS), -EINTR);
	CHECK_EQUAL(load(&over), 1);
}

static void handler(int signal)
{
	CHECK_EQUAL(signal, SIGUSR1);
}

/* Wakes most threads for nothing and stops them soon afterwards. */
static void disturb(unsigned long *random, int copy)
{
	volatile unsigned delay = random_next(random) % 4096;

	for (int i = 0; i < blocked.count; i++)
		CHECK_EQUAL(system_call(__NR_kill, getpid(), IGNORED), 0);
	while (delay--)
		;
	stop_once(copy);
}

int main(int argc, char **argv)
{
	unsigned long ignored = 1UL << (IGNORED - 1);
	unsigned long random = random_seed(argc, argv);
	long end = clock_now() + SECOND;

	open_objects();
	handle(SIGUSR1, handler, 0);
	handle(IGNORED, SIG_IGN, 0);
	begin(2 * KINDS, waiter);
	CHECK_EQUAL(signal_mask(SIG_BLOCK, &ignored, NULL), 0);
	for (int i = 0; i < STOPS || clock_now() < end; i++)
		disturb(&random, i < STOPS && is_copy_due(i));
	store(&over, 1);
	for (int i = 0; i < blocked.count; i++) {
		await_in_call(blocked.threads[i]);
		send(blocked.threads[i], SIGUSR1);
	}
	finish();
	close_objects();
	return 0;
}
