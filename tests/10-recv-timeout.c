/* Case 10: a receive with SO_RCVTIMEO gives EAGAIN when nothing has come for
 * that time, in P and in copies.  A stop is not seen as EINTR; the time, which
 * the kernel keeps, begins anew (so says NOTES.md), hence it is never too
 * short. */
#include "blocked.h"
#include "socket.h"

#define TIME_MS 100

static int ends[2];

static void receiver(int number)
{
	long began = clock_now(), took;
	char c;

	if (number % 2)
		CHECK_EQUAL(system_call(__NR_recvfrom, ends[0], &c, 1, 0, NULL,
					NULL), -EAGAIN);
	else
		CHECK_EQUAL(system_call(__NR_read, ends[0], &c, 1), -EAGAIN);
	took = clock_now() - began;
	CHECK(took >= TIME_MS * 1000000L);
}

int main(void)
{
	struct timeval limit = { 0, TIME_MS * 1000 };

	open_socketpair(SOCK_STREAM, ends);
	CHECK_EQUAL(system_call(__NR_setsockopt, ends[0], SOL_SOCKET,
				SO_RCVTIMEO, &limit, sizeof limit), 0);
	for_each_count(n) {
		begin(n, receiver);
		for (int i = 0; i < STOPS; i++) {
			CHECK_EQUAL(sleep_for(TIME_MS * 1000000L / STOPS), 0);
			stop_once(is_copy_due(i));
		}
		finish();
	}
	return 0;
}
