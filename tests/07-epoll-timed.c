/* Case 7: epoll waits with a timeout return 0 when it is over, in P and in
 * copies, though a stop interrupts them 50 times.  Hard because the timeout is
 * in milliseconds: what is left cannot be set exactly at each start. */
#include "blocked.h"
#include <linux/eventpoll.h>

static int epoll;

static void waiter(int number)
{
	struct timespec timeout = at(TIMEOUT);
	struct epoll_event event;
	long began = clock_now();
	int ms = TIMEOUT / 1000000;

	switch (number % 3) {
	case 0:
		CHECK_EQUAL(system_call(__NR_epoll_pwait, epoll, &event, 1, ms,
					NULL, 8), 0);
		break;
	case 1:
		CHECK_EQUAL(system_call(__NR_epoll_pwait2, epoll, &event, 1,
					&timeout, NULL, 8), 0);
		CHECK_EQUAL(timeout.tv_sec, TIMEOUT / SECOND);
		break;
	case 2:
#ifdef __NR_epoll_wait
		CHECK_EQUAL(system_call(__NR_epoll_wait, epoll, &event, 1, ms),
			    0);
#else
		CHECK_EQUAL(system_call(__NR_epoll_pwait, epoll, &event, 1, ms,
					NULL, 8), 0);
#endif
	}
	check_time(began);
}

int main(void)
{
	struct epoll_event in = { .events = EPOLLIN };
	int ends[2];

	open_pipe(ends);
	epoll = (int)system_call(__NR_epoll_create1, 0);
	CHECK(epoll >= 0);
	CHECK_EQUAL(system_call(__NR_epoll_ctl, epoll, EPOLL_CTL_ADD, ends[0],
				&in), 0);
	test_all_timed(waiter);
	return 0;
}
