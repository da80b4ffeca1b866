/* Case 2: waits on a futex in shared memory: of all the threads in P and its
 * copies, each wake-up ends the wait of exactly one, also when a stop comes
 * while that thread is on its way out of the kernel. */
#include "blocked.h"

static int *word;

static void waiter(int number)
{
	if (number % 2)
		CHECK_EQUAL(sys(futex, word, FUTEX_WAIT, 0, NULL), 0);
	else
		CHECK_EQUAL(system_call(__NR_futex, word, FUTEX_WAIT, 0, NULL),
			    0);
}

/* Nobody waits for a moment after a stop. */
static void wake_one(void)
{
	while (system_call(__NR_futex, word, FUTEX_WAKE, 1) == 0)
		system_call(__NR_sched_yield);
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	word = memory_shared(sizeof *word);
	for_each_count(n) {
		begin(n, waiter);
		storm(&random);
		release_each(wake_one);
		finish();
		CHECK_EQUAL(system_call(__NR_futex, word, FUTEX_WAKE, INT_MAX),
			    0);
	}
	return 0;
}
