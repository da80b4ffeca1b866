/* Case 5: sleeps, relative and absolute, on each clock, return 0 when their
 * time is over, in P and in copies, though a stop interrupts them 50 times;
 * and they do not report that time is left, for none is. */
#include "blocked.h"

static long sleep_on(int clock, int flags)
{
	struct timespec time = at(TIMEOUT), now;

	if (flags & TIMER_ABSTIME) {
		CHECK_EQUAL(system_call(__NR_clock_gettime, clock, &now), 0);
		time.tv_sec += now.tv_sec;
		time.tv_nsec += now.tv_nsec;
		time.tv_sec += time.tv_nsec / SECOND;
		time.tv_nsec %= SECOND;
	}
	return system_call(__NR_clock_nanosleep, clock, flags, &time, NULL);
}

static long sleep_somehow(int kind)
{
	struct timespec time = at(TIMEOUT), left = { 4711, 4711 };
	long r;

	switch (kind) {
	case 0:
		r = system_call(__NR_nanosleep, &time, &left);
		CHECK_EQUAL(left.tv_sec, 4711);
		CHECK_EQUAL(left.tv_nsec, 4711);
		return r;
	case 1:
		return sleep_for(TIMEOUT);
	case 2:
		time = at(clock_now() + TIMEOUT);
		return sleep_until(&time);
	case 3:
		return sleep_on(CLOCK_MONOTONIC, 0);
	case 4:
		return sleep_on(CLOCK_REALTIME, 0);
	case 5:
		return sleep_on(CLOCK_BOOTTIME, 0);
	case 6:
		return sleep_on(CLOCK_MONOTONIC, TIMER_ABSTIME);
	case 7:
		return sleep_on(CLOCK_REALTIME, TIMER_ABSTIME);
	default:
		return sleep_on(CLOCK_BOOTTIME, TIMER_ABSTIME);
	}
}

static void sleeper(int number)
{
	long began = clock_now();

	CHECK_EQUAL(sleep_somehow(number % 9), 0);
	check_time(began);
}

static void check_arguments(void)
{
	const struct timespec bad = { 0, SECOND };

	CHECK_EQUAL(system_call(__NR_nanosleep, NULL, NULL), -EFAULT);
	CHECK_EQUAL(system_call(__NR_nanosleep, &bad, NULL), -EINVAL);
	CHECK_EQUAL(system_call(__NR_clock_nanosleep, CLOCK_MONOTONIC, 0, NULL,
				NULL), -EFAULT);
}

int main(void)
{
	check_arguments();
	test_all_timed(sleeper);
	return 0;
}
