/* Case 13: a signal of the program that comes while a thread is parked, its
 * call taken back already, interrupts that call: EINTR once, and the handler
 * runs once, after the stop.  In a copy the signal is not pending; the call
 * goes on there, and the copy's own signals interrupt it. */
#include "interrupt.h"

static _Thread_local int handled;
static int rounds, done, sending;

static void handler(int signal)
{
	CHECK_EQUAL(signal, SIGUSR1);
	handled++;
}

static void waiter(int number)
{
	for (int round = 1; round <= load(&rounds); round++) {
		CHECK_EQUAL(wait_for_signal(number % KINDS), -EINTR);
		CHECK_EQUAL(handled, round);
		add(&done, 1);
	}
}

/* Runs in each thread, all being parked. */
static void send_all(void *unused)
{
	(void)unused;
	if (!sending)
		return;
	sending = 0;
	for (int i = 0; i < blocked.count; i++)
		send(blocked.threads[i], SIGUSR1);
}

/* In a few rounds more stops follow at once. */
static void interrupt_all(int round, unsigned long *random)
{
	for (int i = 0; i < blocked.count; i++)
		await_in_call(blocked.threads[i]);
	sending = 1;
	CHECK_EQUAL(synccall(send_all, NULL), 0);
	for (unsigned more = random_next(random) % 3; more > 0; more--)
		stop_once(0);
	while (load(&done) < blocked.count * round)
		system_call(__NR_sched_yield);
}

static void test(int n, int count, unsigned long *random)
{
	rounds = count;
	done = 0;
	begin(n, waiter);
	for (int round = 1; round <= rounds; round++) {
		if (round % (count / 2) == 3 && !blocked.is_copy) {
			await_blocked();
			stop_once(1);
			if (blocked.is_copy)
				store(&rounds, round + 2);
		}
		interrupt_all(round, random);
	}
	finish();
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	open_objects();
	handle(SIGUSR1, handler, 0);
	test(1, 200, &random);
	test(2, 200, &random);
	test(KINDS, 100, &random);
	test(MOST, 20, &random);
	close_objects();
	return 0;
}
