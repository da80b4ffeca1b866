/* Case 5: when the program's CLOCK_MONOTONIC is not the kernel's, ahead or
 * behind as after a restart, all that reads it agrees, and every kind of wait
 * takes its time, in P and in copies, though a stop interrupts it 50 times. */
#include "deadline.h"

#define YEARS (3 * 365 * 86400 * SECOND)

static long offset;

static long kernel_now(void)
{
	struct timespec now;

	CHECK_EQUAL(sys(clock_gettime, CLOCK_MONOTONIC, &now), 0);
	return now.tv_sec * SECOND + now.tv_nsec;
}

static void check_clock(void)
{
	struct timespec now;
	long before = kernel_now() + offset, time = clock_now(), again;

	CHECK_EQUAL(system_call(__NR_clock_gettime, CLOCK_MONOTONIC, &now), 0);
	CHECK(now.tv_nsec >= 0 && now.tv_nsec < SECOND);
	again = now.tv_sec * SECOND + now.tv_nsec;
	CHECK(before <= time && time <= again);
	CHECK(again <= kernel_now() + offset);
	/* The other clocks are the kernel's. */
	before = kernel_now();
	CHECK_EQUAL(system_call(__NR_clock_gettime, CLOCK_MONOTONIC_RAW, &now),
		    0);
	CHECK(now.tv_sec - before / SECOND < 86400);
}

static void waiter(int kind)
{
	long began = kernel_now();

	check_clock();
	check_wait(kind, TIMEOUT);
	CHECK(kernel_now() - began >= TIMEOUT);
	check_clock();
}

static long sleep_until_there(const void *deadline)
{
	return system_call(__NR_clock_nanosleep, CLOCK_MONOTONIC,
			   TIMER_ABSTIME, deadline, NULL);
}

static long wait_until_there(const void *deadline)
{
	return system_call(__NR_futex, &objects.word, FUTEX_WAIT_BITSET, 0,
			   deadline, NULL, FUTEX_BITSET_MATCH_ANY);
}

static void check_arguments(void)
{
	const struct timespec past = { 0, 0 }, bad = { 1, SECOND },
			      negative = { -1, 0 };
	void *nowhere = (void *)8;
	int word = 1;

	CHECK_EQUAL(system_call(__NR_clock_gettime, CLOCK_MONOTONIC, nowhere),
		    -EFAULT);
	CHECK_EQUAL(system_call(__NR_clock_gettime, CLOCK_MONOTONIC, NULL),
		    -EFAULT);
	CHECK_EQUAL(system_call(__NR_clock_gettime, 4711, nowhere), -EINVAL);
	CHECK_EQUAL(sleep_until_there(nowhere), -EFAULT);
	CHECK_EQUAL(sleep_until_there(NULL), -EFAULT);
	CHECK_EQUAL(sleep_until_there(&bad), -EINVAL);
	CHECK_EQUAL(sleep_until_there(&negative), -EINVAL);
	CHECK_EQUAL(sleep_until_there(&past), 0);
	CHECK_EQUAL(wait_until_there(nowhere), -EFAULT);
	CHECK_EQUAL(wait_until_there(&bad), -EINVAL);
	CHECK_EQUAL(wait_until_there(&negative), -EINVAL);
	CHECK_EQUAL(wait_until_there(&past), -ETIMEDOUT);
	CHECK_EQUAL(system_call(__NR_futex, &word, FUTEX_WAIT, 0, &past),
		    -EAGAIN);
	/* What the kernel says to that has changed. */
	CHECK_EQUAL(system_call(__NR_futex, &word, FUTEX_WAIT |
				FUTEX_CLOCK_REALTIME, 0, &past),
		    sys(futex, &word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0,
			&past));
}

static void *sleep_briefly(void *unused)
{
	CHECK_EQUAL(sleep_for(SECOND / 2), 0);
	return unused;
}

/* A lock that another thread has, as the kernel sees it. */
static void check_pi(void)
{
	struct timespec deadline = at(clock_now() + SECOND / 10);
	struct thread *owner = spawn(sleep_briefly, NULL);
	int word = thread_tid(owner);
	long r = system_call(__NR_futex, &word, 13 | FUTEX_PRIVATE_FLAG, 0,
			     &deadline);	/* FUTEX_LOCK_PI2 */

	CHECK(r == -ENOSYS || clock_now() >= deadline.tv_sec * SECOND +
	      deadline.tv_nsec);
	CHECK(r == -ENOSYS || r == -ETIMEDOUT);
	CHECK_EQUAL(thread_join(owner, NULL), 0);
}

static void *wait_for_ever(void *unused)
{
	const struct timespec never = { (long)(~0UL >> 1), SECOND - 1 };

	(void)unused;
	return (void *)wait_until_there(&never);
}

static void check_for_ever(void)
{
	struct thread *thread = spawn(wait_for_ever, NULL);
	void *result;

	wait_asleep(thread_tid(thread));
	CHECK_EQUAL(synccall(make_call, NULL), 0);
	wait_asleep(thread_tid(thread));
	while (system_call(__NR_futex, &objects.word, FUTEX_WAKE, 1) == 0)
		system_call(__NR_sched_yield);
	CHECK_EQUAL(thread_join(thread, &result), 0);
	CHECK_EQUAL(result, 0);
}

int main(void)
{
	long offsets[] = { 0, YEARS, -clock_now() / 2 };
	int pids[3];

	for (int i = 0; i < 3; i++) {
		pids[i] = fork1();
		if (pids[i])
			continue;
		open_objects();
		clock_offset = offset = offsets[i];
		check_clock();
		check_arguments();
		check_pi();
		check_for_ever();
		test_timed(KINDS, waiter);
		close_objects();
		process_exit(0);
	}
	for (int i = 0; i < 3; i++)
		reap(pids[i]);
	return 0;
}
