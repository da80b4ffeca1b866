/* Case 3: a futex wait with a relative timeout, stopped 50 times, ends once,
 * with ETIMEDOUT and at its time, in P and in copies.  Hard because the kernel
 * gives such a wait up with EINTR, and would count from the beginning again. */
#include "blocked.h"

static int word;

static void waiter(int number)
{
	struct timespec timeout = at(TIMEOUT);
	long began = clock_now();

	CHECK_EQUAL(system_call(__NR_futex, &word, number % 2 ? FUTEX_WAIT :
				FUTEX_WAIT_PRIVATE, 0, &timeout), -ETIMEDOUT);
	check_time(began);
	CHECK_EQUAL(timeout.tv_sec, TIMEOUT / SECOND);
	CHECK_EQUAL(timeout.tv_nsec, TIMEOUT % SECOND);
}

int main(void)
{
	test_all_timed(waiter);
	return 0;
}
