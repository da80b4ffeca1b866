/* Every kind of wait that ends at a time of CLOCK_MONOTONIC, absolute or
 * relative.  Nobody ever wakes one of them. */
#ifndef DEADLINE_H
#define DEADLINE_H

#include "blocked.h"
#include "thread.h"		/* clock_offset, which no program sees */
#include <linux/ipc.h>
#include <linux/sem.h>

#define KINDS 20

static struct {
	int word, pi_word, epoll, set, ends[2];
	struct mutex held, held_robust, mutex;
	struct condition condition;
	struct semaphore semaphore;
} objects;

static inline void open_objects(void)
{
	open_pipe(objects.ends);
	objects.epoll = (int)system_call(__NR_epoll_create1, 0);
	CHECK(objects.epoll >= 0);
	objects.set = (int)system_call(__NR_semget, IPC_PRIVATE, 1, 0600);
	CHECK(objects.set >= 0 || objects.set == -ENOSYS);
	CHECK_EQUAL(mutex_init(&objects.held_robust, MUTEX_ROBUST), 0);
	CHECK_EQUAL(mutex_lock(&objects.held), 0);
	CHECK_EQUAL(mutex_lock(&objects.held_robust), 0);
}

static inline void close_objects(void)
{
	if (objects.set >= 0)
		CHECK_EQUAL(system_call(__NR_semctl, objects.set, 0, IPC_RMID),
			    0);
}

static inline long wait_futex(int operation, struct timespec *time)
{
	return system_call(__NR_futex, &objects.word, operation, 0, time,
			   &objects.pi_word, FUTEX_BITSET_MATCH_ANY);
}

/* The newer calls; kernels without them do it the older way. */
static inline long wait_futex2(int vector, struct timespec *deadline)
{
	struct { __u64 value, address; __u32 flags, zero; } waiter = {
		.address = (__u64)&objects.word, .flags = 2 | 128,
	};
	long r = vector ? system_call(449, &waiter, 1, 0, deadline,
				      CLOCK_MONOTONIC) :
			  system_call(455, &objects.word, 0, ~0U, 2 | 128,
				      deadline, CLOCK_MONOTONIC);

	return r == -ENOSYS ? wait_futex(FUTEX_WAIT_BITSET, deadline) : r;
}

static inline long wait_condition(struct timespec *deadline)
{
	int r;

	CHECK_EQUAL(mutex_lock(&objects.mutex), 0);
	do
		r = condition_wait_until(&objects.condition, &objects.mutex,
					 deadline);
	while (r == 0);
	CHECK_EQUAL(mutex_unlock(&objects.mutex), 0);
	return r;
}

static inline long wait_poll(int kind, struct timespec *time)
{
	struct pollfd end = { .fd = objects.ends[0], .events = POLLIN };
	unsigned long set = 1UL << objects.ends[0];
	char event[16];
	long r;

	switch (kind) {
	case 0:
		return system_call(__NR_ppoll, &end, 1, time, NULL);
	case 1:
		return system_call(__NR_pselect6, objects.ends[0] + 1, &set,
				   NULL, NULL, time, NULL);
	case 2:
		r = system_call(441, objects.epoll, event, 1, time, NULL);
		return r == -ENOSYS ? wait_poll(3, time) : r;
	default:
		return system_call(__NR_epoll_pwait, objects.epoll, event, 1,
				   time->tv_sec * 1000 +
				   time->tv_nsec / 1000000, NULL);
	}
}

static inline long wait_semop(struct timespec *time)
{
	struct sembuf take = { .sem_op = -1 };

	if (objects.set < 0)
		return sleep_for(time->tv_sec * SECOND + time->tv_nsec);
	return system_call(__NR_semtimedop, objects.set, &take, 1, time) ==
		-EAGAIN ? 0 : -EINVAL;
}

/* Waits for a time; returns 0 or -ETIMEDOUT, as each of them does. */
static inline long wait_kind(int kind, long length)
{
	struct timespec time = at(length), deadline = at(clock_now() + length);
	unsigned long usr2 = 1UL << (SIGUSR2 - 1);

	switch (kind) {
	case 0:
		return wait_futex(FUTEX_WAIT, &time);
	case 1:
		return wait_futex(FUTEX_WAIT_BITSET_PRIVATE, &deadline);
	case 2:
		return wait_futex(FUTEX_WAIT_REQUEUE_PI_PRIVATE, &deadline);
	case 3:
	case 4:
		return wait_futex2(kind - 3, &deadline);
	case 5:
		return system_call(__NR_nanosleep, &time, NULL);
	case 6:
		return system_call(__NR_clock_nanosleep, CLOCK_MONOTONIC, 0,
				   &time, NULL);
	case 7:
		return system_call(__NR_clock_nanosleep, CLOCK_MONOTONIC,
				   TIMER_ABSTIME, &deadline, NULL);
	case 8:
		return sleep_until(&deadline);
	case 9:
		return sleep_for(length);
	case 10:
		return semaphore_wait_until(&objects.semaphore, &deadline);
	case 11:
		return wait_condition(&deadline);
	case 12:
		return mutex_lock_until(&objects.held, &deadline);
	case 13:
		return mutex_lock_until(&objects.held_robust, &deadline);
	case 18:
		return system_call(__NR_rt_sigtimedwait, &usr2, NULL, &time,
				   sizeof usr2) == -EAGAIN ? 0 : -EINVAL;
	case 19:
		return wait_semop(&time);
	default:
		return wait_poll(kind - 14, &time);
	}
}

/* Waits, and checks when that ends. */
static inline void check_wait(int kind, long length)
{
	long deadline = clock_now() + length, r = wait_kind(kind, length);
	long late = clock_now() - deadline;

	if (r != (kind < 5 || (kind >= 10 && kind < 14) ? -ETIMEDOUT : 0) ||
	    late < 0 || late > MARGIN)
		eprint("kind %d returned %ld, late by %ld ms\n", kind, r,
		       late / 1000000);
	CHECK(late >= 0);
	CHECK(late <= MARGIN);
	CHECK_EQUAL(r, kind < 5 || (kind >= 10 && kind < 14) ? -ETIMEDOUT : 0);
}

#endif
