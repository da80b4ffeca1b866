/* Case 6: the signal mask that ppoll and pselect6 set for their time neither
 * leaks into the thread because of a stop nor is lost when the call is made
 * again, in P and in copies; and a mask of all signals does not keep the stop
 * out.  SIGUSR1 is open only during the call, and ends it; SIGUSR2 never is. */
#include "blocked.h"

#define BIT(signal) (1UL << ((signal) - 1))

static _Thread_local int handled;
static int ends[2];

static void handler(int signal)
{
	CHECK_EQUAL(signal, SIGUSR1);
	handled++;
}

static long poll_masked(int number, unsigned long mask)
{
	struct pollfd end = { .fd = ends[0], .events = POLLIN };
	unsigned long set = 1UL << ends[0];
	struct { unsigned long *mask; size_t size; } sized = {
		&mask, sizeof mask
	};

	if (number % 2)
		return system_call(__NR_ppoll, &end, 1, NULL, &mask,
				   sizeof mask);
	return system_call(__NR_pselect6, ends[0] + 1, &set, NULL, NULL, NULL,
			   &sized);
}

static void poller(int number)
{
	unsigned long mask = BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(SIGHUP), now;

	CHECK_EQUAL(signal_mask(SIG_SETMASK, &mask, NULL), 0);
	CHECK_EQUAL(poll_masked(number, ~BIT(SIGUSR1)), -EINTR);
	CHECK_EQUAL(handled, 1);
	CHECK_EQUAL(signal_mask(SIG_SETMASK, NULL, &now), 0);
	CHECK_EQUAL(now, mask);
}

static void send_all(int signal)
{
	for (int i = 0; i < blocked.count; i++)
		CHECK_EQUAL(system_call(__NR_tgkill, getpid(),
			    thread_tid(blocked.threads[i]), signal), 0);
}

int main(int argc, char **argv)
{
	struct signal_action action = { .handler = handler };
	unsigned long random = random_seed(argc, argv);

	open_pipe(ends);
	CHECK_EQUAL(signal_action(SIGUSR1, &action, NULL), 0);
	CHECK_EQUAL(signal_action(SIGUSR2, &action, NULL), 0);
	for_each_count(n) {
		begin(n, poller);
		storm(&random);
		send_all(SIGUSR2);
		stop_once(0);
		await_blocked();
		send_all(SIGUSR1);
		stop_once(0);
		finish();
	}
	return 0;
}
