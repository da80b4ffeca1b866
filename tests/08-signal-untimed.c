/* Case 8: sigwaitinfo, sigsuspend and pause are not ended by a stop, in P or
 * in a copy, but by the program's own signal, which the mask of the wait lets
 * in or its set names.  The mask of sigsuspend does not leak. */
#include "blocked.h"

#define BIT(signal) (1UL << ((signal) - 1))

static _Thread_local int handled;

static void handler(int signal)
{
	CHECK_EQUAL(signal, SIGUSR1);
	handled++;
}

static long call_pause(void)
{
#ifdef __NR_pause
	return system_call(__NR_pause);
#else
	return system_call(__NR_ppoll, NULL, 0, NULL, NULL);
#endif
}

static void waiter(int number)
{
	unsigned long own = BIT(SIGUSR1) | BIT(SIGHUP), now;
	unsigned long all = ~BIT(SIGCHLD);	/* the copies' */
	unsigned long but_one = ~BIT(SIGUSR1);
	siginfo_t info;

	if (number % 3 == 2)
		own = BIT(SIGHUP);
	CHECK_EQUAL(signal_mask(SIG_SETMASK, &own, NULL), 0);
	switch (number % 3) {
	case 0:
		CHECK_EQUAL(system_call(__NR_rt_sigtimedwait, &all, &info, NULL,
					sizeof all), SIGUSR1);
		CHECK_EQUAL(info.si_pid, getpid());
		break;
	case 1:
		CHECK_EQUAL(system_call(__NR_rt_sigsuspend, &but_one,
					sizeof but_one), -EINTR);
		break;
	case 2:
		CHECK_EQUAL(call_pause(), -EINTR);
	}
	CHECK_EQUAL(handled, number % 3 != 0);
	CHECK_EQUAL(signal_mask(SIG_SETMASK, NULL, &now), 0);
	CHECK_EQUAL(now, own);
}

int main(int argc, char **argv)
{
	struct signal_action action = { .handler = handler };
	unsigned long random = random_seed(argc, argv);

	CHECK_EQUAL(signal_action(SIGUSR1, &action, NULL), 0);
	for_each_count(n) {
		begin(n, waiter);
		storm(&random);
		for (int i = 0; i < n; i++) {
			CHECK_EQUAL(system_call(__NR_tgkill, getpid(),
				    thread_tid(blocked.threads[i]), SIGUSR1),
				    0);
			stop_once(0);
		}
		finish();
	}
	return 0;
}
