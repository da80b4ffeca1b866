/* Case 6: poll, ppoll, select and pselect6 with a timeout return 0 when it is
 * over, in P and in copies, though a stop interrupts them 50 times.  Hard
 * because they have no absolute form: the time left has to be set at each
 * start, and not by the thread, which does not run.  At the end they report
 * that none is left. */
#include "blocked.h"

static int ends[2];

static void check_none_left(long seconds, long fraction)
{
	CHECK_EQUAL(seconds, 0);
	CHECK_EQUAL(fraction, 0);
}

static void call_ppoll(void)
{
	struct pollfd end = { .fd = ends[0], .events = POLLIN };
	struct timespec left = at(TIMEOUT);

	CHECK_EQUAL(system_call(__NR_ppoll, &end, 1, &left, NULL), 0);
	check_none_left(left.tv_sec, left.tv_nsec);
}

static void call_pselect(void)
{
	struct timespec left = at(TIMEOUT);
	unsigned long set = 1UL << ends[0];

	CHECK_EQUAL(system_call(__NR_pselect6, ends[0] + 1, &set, NULL, NULL,
				&left, NULL), 0);
	CHECK_EQUAL(set, 0);
	check_none_left(left.tv_sec, left.tv_nsec);
}

static void call_poll(void)
{
#ifdef __NR_poll
	struct pollfd end = { .fd = ends[0], .events = POLLIN };

	CHECK_EQUAL(system_call(__NR_poll, &end, 1, TIMEOUT / 1000000), 0);
#else
	call_ppoll();
#endif
}

static void call_select(void)
{
#ifdef __NR_select
	struct timeval left = { TIMEOUT / SECOND, TIMEOUT % SECOND / 1000 };
	unsigned long set = 1UL << ends[0];

	CHECK_EQUAL(system_call(__NR_select, ends[0] + 1, &set, NULL, NULL,
				&left), 0);
	CHECK_EQUAL(set, 0);
	check_none_left(left.tv_sec, left.tv_usec);
#else
	call_pselect();
#endif
}

static void poller(int number)
{
	static void (*const calls[])(void) = {
		call_ppoll, call_pselect, call_poll, call_select
	};
	long began = clock_now();

	calls[number % 4]();
	check_time(began);
}

/* Where nothing can be reported, the kernel does not mind. */
static void check_constant(void)
{
	static const struct timespec brief = { 0, 1000 };

	CHECK_EQUAL(system_call(__NR_ppoll, NULL, 0, &brief, NULL), 0);
	CHECK_EQUAL(system_call(__NR_pselect6, 0, NULL, NULL, NULL, &brief,
				NULL), 0);
}

int main(void)
{
	check_constant();
	open_pipe(ends);
	test_all_timed(poller);
	return 0;
}
