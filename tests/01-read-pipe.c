/* Case 1: a read of an empty pipe does not return because of a stop, neither
 * in P nor in a copy, and each byte wakes exactly one of all the readers.
 * Hard because a stop also comes when a reader has its byte but has not
 * returned: the call must not be made again then. */
#include "blocked.h"

static int ends[2];

static void reader(int number)
{
	char c = 0;

	if (number % 2)
		CHECK_EQUAL(sys(read, ends[0], &c, 1), 1);
	else
		CHECK_EQUAL(system_call(__NR_read, ends[0], &c, 1), 1);
	CHECK_EQUAL(c, 'x');
}

static void give(void)
{
	tell(ends);
}

static void check_empty(void)
{
	struct timespec none = { 0, 0 };
	struct pollfd end = { .fd = ends[0], .events = POLLIN };

	CHECK_EQUAL(system_call(__NR_ppoll, &end, 1, &none, NULL), 0);
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	open_pipe(ends);
	for_each_count(n) {
		begin(n, reader);
		storm(&random);
		release_each(give);
		finish();
		check_empty();
	}
	return 0;
}
