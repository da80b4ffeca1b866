/* Case 6: poll, ppoll, select and pselect6 without a timeout do not return
 * because of a stop, and a byte in the pipe, which P and its copies share,
 * ends them all.  A zero timeout is none: they return at once. */
#include "blocked.h"

static int ends[2];

static long call_poll(struct pollfd *end, int timeout)
{
#ifdef __NR_poll
	return system_call(__NR_poll, end, 1, timeout);
#else
	struct timespec none = { 0, 0 };

	return system_call(__NR_ppoll, end, 1, timeout ? NULL : &none, NULL);
#endif
}

static long call_select(int count, unsigned long *set)
{
#ifdef __NR_select
	return system_call(__NR_select, count, set, NULL, NULL, NULL);
#else
	return system_call(__NR_pselect6, count, set, NULL, NULL, NULL, NULL);
#endif
}

static void poller(int number)
{
	struct pollfd end = { .fd = ends[0], .events = POLLIN };
	unsigned long set = 1UL << ends[0];

	switch (number % 4) {
	case 0:
		CHECK_EQUAL(system_call(__NR_ppoll, &end, 1, NULL, NULL), 1);
		CHECK_EQUAL(end.revents, POLLIN);
		return;
	case 1:
		CHECK_EQUAL(call_poll(&end, -1), 1);
		CHECK_EQUAL(end.revents, POLLIN);
		return;
	case 2:
		CHECK_EQUAL(system_call(__NR_pselect6, ends[0] + 1, &set, NULL,
					NULL, NULL, NULL), 1);
		break;
	case 3:
		CHECK_EQUAL(call_select(ends[0] + 1, &set), 1);
	}
	CHECK_EQUAL(set, 1UL << ends[0]);
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);
	struct pollfd end = { .events = POLLIN };

	open_pipe(ends);
	end.fd = ends[0];
	for_each_count(n) {
		begin(n, poller);
		storm(&random);
		if (!blocked.is_copy)
			tell(ends);
		finish();
		hear(ends);
		CHECK_EQUAL(call_poll(&end, 0), 0);
	}
	return 0;
}
