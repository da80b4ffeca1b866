/* Case 7: epoll waits without a timeout do not return because of a stop.  The
 * epoll object is one for P and its copies: of all the threads that wait on
 * it, each event of an edge-triggered descriptor is given to exactly one. */
#include "blocked.h"
#include <linux/eventpoll.h>

static int epoll, ends[2];

static void waiter(int number)
{
	struct epoll_event event = { 0 };

	switch (number % 3) {
	case 0:
		CHECK_EQUAL(system_call(__NR_epoll_pwait, epoll, &event, 1, -1,
					NULL, 8), 1);
		break;
	case 1:
		CHECK_EQUAL(system_call(__NR_epoll_pwait2, epoll, &event, 1,
					NULL, NULL, 8), 1);
		break;
	case 2:
#ifdef __NR_epoll_wait
		CHECK_EQUAL(system_call(__NR_epoll_wait, epoll, &event, 1, -1),
			    1);
#else
		CHECK_EQUAL(system_call(__NR_epoll_pwait, epoll, &event, 1, -1,
					NULL, 8), 1);
#endif
	}
	CHECK_EQUAL(event.events, EPOLLIN);
	CHECK_EQUAL(event.data, 4711);
}

static void give(void)
{
	tell(ends);
}

int main(int argc, char **argv)
{
	struct epoll_event in = { .events = EPOLLIN | EPOLLET, .data = 4711 };
	unsigned long random = random_seed(argc, argv);

	open_pipe(ends);
	epoll = (int)system_call(__NR_epoll_create1, 0);
	CHECK(epoll >= 0);
	CHECK_EQUAL(system_call(__NR_epoll_ctl, epoll, EPOLL_CTL_ADD, ends[0],
				&in), 0);
	for_each_count(n) {
		begin(n, waiter);
		storm(&random);
		release_each(give);
		finish();
	}
	return 0;
}
