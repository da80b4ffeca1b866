/* system_call(): restartable_call() for the program, and what some calls need
 * besides.  A relative timeout would start anew when a stop makes the kernel
 * enter a call again, so a deadline is kept and the time left computed each
 * time; CLOCK_MONOTONIC is program time; a write that a stop cut short goes on;
 * and no call's signal set may hide SIGSYNCCALL, or take it. */
#include "call.h"
#include <linux/poll.h>
#include <linux/time_types.h>
#include <linux/uio.h>
#include <stdarg.h>

/* The kernel's, in no UAPI header. */
#ifndef MSG_WAITALL
#define MSG_PEEK    0x2
#define MSG_WAITALL 0x100
#endif

#ifndef __NR_epoll_pwait2
#define __NR_epoll_pwait2 441
#endif

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

#ifndef __NR_futex_waitv
#define __NR_futex_waitv 449
#endif

#ifndef __NR_futex_wait
#define __NR_futex_wait 455
#endif

/* Some calls (sigtimedwait, epoll_wait, semop) return -EINTR though no handler
 * has run: for a signal that is ignored, but was queued because some thread
 * blocked it just then, as forkall() does; or for SIGCONT.  They go on. */
static long special_call(struct call *call, long n, const long a[6])
{
	long r;

	while ((r = call_make(call, n, a)) == -EINTR &&
	       !load(&call->interrupted))
		call_set_time(call);
	return r;
}

static long plain_call(long n, const long a[6])
{
	struct call call = { 0 };

	return special_call(&call, n, a);
}

/* A call whose argument number index is a relative timeout, or NULL.  Unless left
 * is NULL, the time left is there in the end; not if the call was not made. */
static long timed_call(long n, long a[6], int index, struct timespec *left)
{
	const struct timespec *given = (const struct timespec *)a[index];
	struct call call = { .timed = CALL_RELATIVE };
	long r;

	if (!given)
		return plain_call(n, a);
	r = call_start_clock(&call, CLOCK_MONOTONIC, given);
	if (r < 0)
		return r;
	a[index] = (long)&call.kernel_time;
	r = special_call(&call, n, a);
	if (left) {
		call_set_time(&call);
		*left = call.kernel_time;
	}
	return r;
}

/* A timed call of which the kernel reports the time left where the timeout was
 * given, and does not mind if that is constant.  Nor does this. */
static long reporting_call(long n, long a[6], int index)
{
	struct timespec left = { 0, -1 };
	struct iovec from = { &left, sizeof left };
	struct iovec to = { (void *)a[index], sizeof left };
	long r = timed_call(n, a, index, &left);

	if (left.tv_nsec >= 0)
		sys(process_vm_writev, sys(getpid), &from, 1, &to, 1, 0);
	return r;
}

/* A call that has an absolute form too, which restarts exactly. */
static long sleep_call(int clock, const struct timespec *given,
		       struct timespec *left)
{
	struct call call = { .timed = CALL_ABSOLUTE };
	long r = call_start_clock(&call, clock, given);

	if (r < 0)
		return r;
	r = call_make(&call, __NR_clock_nanosleep, (long[6]){ clock,
		      TIMER_ABSTIME, (long)&call.kernel_time });
	if (r == -EINTR && left) {
		call.timed = CALL_RELATIVE;
		call_set_time(&call);
		*left = call.kernel_time;
	}
	return r;
}

/* A call whose argument number index is a deadline in program time, or NULL.
 * The pointer may be bad, for which the kernel has to look: a futex wait reads
 * its deadline first, and then fails, because it waits for no bit. */
static long deadline_call(long n, long a[6], int index)
{
	const struct timespec *given = (const struct timespec *)a[index];
	struct call call = { .timed = CALL_ABSOLUTE, .clock = CLOCK_MONOTONIC };
	int word = 0;

	if (!given)
		return plain_call(n, a);
	if (sys(futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, given, 0, 0) ==
	    -EFAULT)
		return -EFAULT;
	call.deadline = *given;
	if (deadline_check(&call.deadline))
		return -EINVAL;
	a[index] = (long)&call.kernel_time;
	return call_make(&call, n, a);
}

/* The descriptor is free as soon as the call is made, whatever it returns; made
 * again, it could close what another thread has opened since. */
static long close_call(int fd)
{
	long r = sys(close, fd);

	return r == -EINTR ? 0 : r;
}

/* Of a relative wait, too, there is an absolute form. */
static long relative_futex_call(long a[6])
{
	struct call call = { .timed = CALL_ABSOLUTE };
	long r = call_start_clock(&call, CLOCK_MONOTONIC,
				  (const struct timespec *)a[3]);

	if (r < 0)
		return r;
	return call_make(&call, __NR_futex, (long[6]){ a[0],
			 FUTEX_WAIT_BITSET | (a[1] & FUTEX_PRIVATE_FLAG), a[2],
			 (long)&call.kernel_time, 0,
			 (int)FUTEX_BITSET_MATCH_ANY });
}

static long futex_call(long a[6])
{
	if (!a[3] || (a[1] & FUTEX_CLOCK_REALTIME))
		return plain_call(__NR_futex, a);
	switch ((int)a[1] & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
		return relative_futex_call(a);
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_REQUEUE_PI:
	case FUTEX_LOCK_PI2:
		return deadline_call(__NR_futex, a, 3);
	default:
		return plain_call(__NR_futex, a);
	}
}

/* A transfer (descriptor, buffer, size, ...) that goes on after a stop. */
static long whole_call(long n, long a[6])
{
	struct call call = { 0 };
	long done = 0, r;

	do {
		call.cut_short = 0;
		r = special_call(&call, n, a);
		if (r <= 0)
			return done ? done : r;
		done += r;
		a[1] += r;
		a[2] -= r;
	} while (load(&call.cut_short) && a[2] > 0);
	return done;
}

/* Replaces the signal set that an argument points to by one without
 * SIGSYNCCALL. */
static void open_set(long *argument, unsigned long *set)
{
	if (*argument) {
		*set = *(const unsigned long *)*argument &
		       ~SIGNAL_BIT(SIGSYNCCALL);
		*argument = (long)set;
	}
}

static long poll_call(long a[6])
{
	unsigned long set;

	open_set(&a[3], &set);
	return reporting_call(__NR_ppoll, a, 2);
}

static struct timespec from_milliseconds(long ms)
{
	return (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
}

/* pselect6, io_pgetevents: the set and its size are behind the sixth argument. */
static long set_behind_call(long n, long a[6])
{
	struct { long set; size_t size; } given;
	unsigned long set;

	if (a[5]) {
		given = *(__typeof__(given) *)a[5];
		open_set(&given.set, &set);
		a[5] = (long)&given;
	}
	return n == __NR_pselect6 ? reporting_call(n, a, 4) :
				    timed_call(n, a, 4, NULL);
}

/* The timeout is in whole milliseconds, too coarse for the time left: wait with
 * ppoll for the epoll object to have something, then take it. */
static long epoll_call(long a[6])
{
	struct timespec left = from_milliseconds((int)a[3]);
	struct pollfd object = { .fd = (int)a[0], .events = POLLIN };
	long wait[6] = { (long)&object, 1, (long)&left, a[4], a[5] }, r;
	unsigned long set;

	open_set(&a[4], &set);
	if ((int)a[3] <= 0)
		return plain_call(__NR_epoll_pwait, a);
	a[3] = 0;
	do {
		r = plain_call(__NR_epoll_pwait, a);
		if (r != 0)
			return r;
		wait[2] = (long)&left;
		wait[3] = a[4];
		r = timed_call(__NR_ppoll, wait, 2, &left);
	} while (r > 0);
	return r;
}

/* A stop signal that is pending when the handlers go would end the new program,
 * so none may be sent: the list lock sees to that.  The new program inherits the
 * mask; a handler that still runs here is told like a callback that it cannot
 * have the lock. */
static long exec_call(long n, const long a[6])
{
	struct thread *self = thread_self();
	unsigned long mask;
	long r;

	/* A raw clone() has made a process without the other threads: there is
	 * no stop in it, and perhaps nobody who would let the lock go. */
	if (self->in_callback || sys(gettid) != self->tid)
		return plain_call(n, a);
	mask = list_lock();
	self->in_callback = 1;
	set_mask(SIG_SETMASK, mask);
	r = plain_call(n, a);
	set_mask(SIG_BLOCK, PROGRAM_SIGNALS);
	self->in_callback = 0;
	list_unlock(mask);
	return r;
}

/* Calls that only some architectures have, in terms of those that all have. */
static long old_call(long n, long a[6])
{
#ifdef __NR_signalfd
	unsigned long set;

	if (n == __NR_signalfd)
		open_set(&a[1], &set);
#endif
#ifdef __NR_open
	if (n == __NR_open)
		return plain_call(__NR_openat, (long[6]){ AT_FDCWD, a[0], a[1],
				  a[2] });
#endif
#ifdef __NR_poll
	if (n == __NR_poll) {
		struct timespec left = from_milliseconds((int)a[2]);

		return timed_call(__NR_ppoll, (long[6]){ a[0], a[1],
				  (int)a[2] < 0 ? 0 : (long)&left }, 2, NULL);
	}
#endif
#ifdef __NR_select
	if (n == __NR_select) {
		struct timeval *given = (struct timeval *)a[4];
		struct timespec left;
		long r;

		if (!given)
			return plain_call(n, a);
		left.tv_sec = given->tv_sec;
		left.tv_nsec = given->tv_usec * 1000;
		r = timed_call(__NR_pselect6, (long[6]){ a[0], a[1], a[2], a[3],
			       (long)&left }, 4, &left);
		given->tv_sec = left.tv_sec;
		given->tv_usec = left.tv_nsec / 1000;
		return r;
	}
#endif
#ifdef __NR_epoll_wait
	if (n == __NR_epoll_wait)
		return epoll_call((long[6]){ a[0], a[1], a[2], a[3] });
#endif
	return plain_call(n, a);
}

long system_call(long n, ...)
{
	unsigned long set;
	va_list arguments;
	long a[6];

	va_start(arguments, n);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);

	switch (n) {
	case __NR_clock_gettime:
		return clock_read((int)a[0], (struct timespec *)a[1]);
	case __NR_nanosleep:
		return sleep_call(CLOCK_MONOTONIC, (struct timespec *)a[0],
				  (struct timespec *)a[1]);
	case __NR_clock_nanosleep:
		if ((int)a[1] & TIMER_ABSTIME)
			return (int)a[0] == CLOCK_MONOTONIC ?
				deadline_call(n, a, 2) : plain_call(n, a);
		/* Setting the clock does not move a relative sleep. */
		return sleep_call((int)a[0] == CLOCK_REALTIME ?
				  CLOCK_MONOTONIC : (int)a[0],
				  (struct timespec *)a[2],
				  (struct timespec *)a[3]);
	case __NR_close:
		return close_call((int)a[0]);
	case __NR_futex:
		return futex_call(a);
	case __NR_futex_waitv:
		return (int)a[4] == CLOCK_MONOTONIC ? deadline_call(n, a, 3) :
						      plain_call(n, a);
	case __NR_futex_wait:
		return (int)a[5] == CLOCK_MONOTONIC ? deadline_call(n, a, 4) :
						      plain_call(n, a);
	case __NR_write:
	case __NR_sendto:
		return whole_call(n, a);
	case __NR_recvfrom:
		return (a[3] & (MSG_WAITALL | MSG_PEEK)) == MSG_WAITALL ?
			whole_call(n, a) : plain_call(n, a);
	case __NR_ppoll:
		return poll_call(a);
	case __NR_pselect6:
	case __NR_io_pgetevents:
		return set_behind_call(n, a);
	case __NR_epoll_pwait:
		return epoll_call(a);
	case __NR_epoll_pwait2:
		open_set(&a[4], &set);
		return timed_call(n, a, 3, NULL);
	case __NR_execve:
	case __NR_execveat:
		return exec_call(n, a);
	case __NR_signalfd4:
		open_set(&a[1], &set);
		return plain_call(n, a);
	case __NR_rt_sigsuspend:
		open_set(&a[0], &set);
		return plain_call(n, a);
	case __NR_rt_sigtimedwait:
		open_set(&a[0], &set);
		return timed_call(n, a, 2, NULL);
	case __NR_semtimedop:
		return timed_call(n, a, 3, NULL);
	case __NR_io_getevents:
		return timed_call(n, a, 4, NULL);
	default:
		return old_call(n, a);
	}
}
