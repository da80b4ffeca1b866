/* Case 4: waits that end at an absolute time, by the system call on both
 * clocks and by the library's objects, end once and then, in P and in copies,
 * though a stop interrupts them 50 times. */
#include "blocked.h"

static int word;
static struct mutex held, mutex;
static struct condition condition;
static struct semaphore semaphore;

static long wait_on_clock(int clock, int operation)
{
	struct timespec deadline;

	CHECK_EQUAL(system_call(__NR_clock_gettime, clock, &deadline), 0);
	deadline.tv_sec += TIMEOUT / SECOND;
	return system_call(__NR_futex, &word, operation, 0, &deadline, NULL,
			   FUTEX_BITSET_MATCH_ANY);
}

static long wait_on_condition(const struct timespec *deadline)
{
	int r;

	CHECK_EQUAL(mutex_lock(&mutex), 0);
	do
		r = condition_wait_until(&condition, &mutex, deadline);
	while (r == 0);
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
	return r;
}

static long wait_somehow(int kind)
{
	struct timespec deadline = at(clock_now() + TIMEOUT);

	switch (kind) {
	case 0:
		return wait_on_clock(CLOCK_MONOTONIC,
				     FUTEX_WAIT_BITSET_PRIVATE);
	case 1:
		return wait_on_clock(CLOCK_REALTIME, FUTEX_WAIT_BITSET |
				     FUTEX_CLOCK_REALTIME);
	case 2:
		return wait_on_condition(&deadline);
	case 3:
		return semaphore_wait_until(&semaphore, &deadline);
	default:
		return mutex_lock_until(&held, &deadline);
	}
}

static void waiter(int number)
{
	long began = clock_now();

	CHECK_EQUAL(wait_somehow(number % 5), -ETIMEDOUT);
	check_time(began);
}

int main(void)
{
	CHECK_EQUAL(mutex_lock(&held), 0);
	test_all_timed(waiter);
	return 0;
}
