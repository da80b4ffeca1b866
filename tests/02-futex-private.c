/* Case 2: an untimed wait on a private futex does not return because of a
 * stop, and blocks again in a copy at the same address; there P's wake-up does
 * not arrive, and the copy's own reaches all of its threads.  Half of the
 * waits are made without the library: the kernel restarts them by itself. */
#include "blocked.h"

static int word, go[2];

static void waiter(int number)
{
	if (number % 2)
		CHECK_EQUAL(sys(futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL), 0);
	else
		CHECK_EQUAL(system_call(__NR_futex, &word, FUTEX_WAIT_PRIVATE,
					0, NULL), 0);
}

/* For a moment after a stop not all of them wait. */
static void wake(int n)
{
	while (n > 0)
		n -= (int)system_call(__NR_futex, &word, FUTEX_WAKE_PRIVATE, n);
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	open_pipe(go);
	for_each_count(n) {
		begin(n, waiter);
		storm(&random);
		if (blocked.is_copy) {
			hear(go);
			await_blocked();
		}
		wake(n);
		for (int i = 0; i < blocked.copies; i++)
			tell(go);
		finish();
	}
	return 0;
}
