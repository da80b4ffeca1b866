/* Case 8: sigtimedwait for all signals but SIGCHLD returns EAGAIN when its
 * time is over, in P and in copies, and none of the 50 stops: neither ends it
 * nor is taken by it. */
#include "blocked.h"

static void waiter(int number)
{
	unsigned long all = ~(1UL << (SIGCHLD - 1));
	struct timespec timeout = at(TIMEOUT);
	long began = clock_now();

	(void)number;
	CHECK_EQUAL(system_call(__NR_rt_sigtimedwait, &all, NULL, &timeout,
				sizeof all), -EAGAIN);
	check_time(began);
	CHECK_EQUAL(timeout.tv_sec, TIMEOUT / SECOND);
}

int main(void)
{
	test_all_timed(waiter);
	return 0;
}
