/* Restartable system calls: how a stop goes unnoticed by a thread that it finds
 * inside the kernel.
 *
 * The kernel restarts many calls by itself after the stop's handler, because
 * that has SA_RESTART.  The others (sleep, poll, timed futex, ...) return
 * -EINTR to restartable_call() in arch.S, where the stop handler finds the
 * frame with the program counter at call_end, and moves it to call_again. */
#include "call.h"

long clock_offset;

static int at_end(unsigned long pc)
{
	return pc == (unsigned long)call_end ||
	       pc == (unsigned long)call_again_end;
}

/* Between the kernel's return from a call that a stop interrupted and its entry
 * into the same call again: still inside, as the program sees it. */
static int at_again(unsigned long pc)
{
	return pc >= (unsigned long)call_again &&
	       pc < (unsigned long)call_again_end;
}

/* After a signal without a handler the kernel goes on with a timed call by
 * restart_syscall, which any return from a handler turns into -EINTR. */
static int is_resumed(struct ucontext *frame)
{
	unsigned long pc = *frame_pc(frame);

	return (pc == (unsigned long)call_start || at_again(pc)) &&
	       frame_call_number(frame) == __NR_restart_syscall;
}

void call_stopped(struct ucontext *frame, struct call *call)
{
	if (at_end(*frame_pc(frame))) {
		if (call && !call->timed)
			call->cut_short = 1;
		if ((long)*frame_result(frame) != -EINTR)
			return;
	} else if (!is_resumed(frame)) {
		return;
	}
	call_set_time(call);
	*frame_pc(frame) = (unsigned long)call_again;
}

/* Calls that wait for something, and that a handler without SA_RESTART ends with
 * EINTR.  (Those that every handler ends are never at call_start after a
 * stop.) */
static int is_slow(long number)
{
	static const short slow[] = {
		__NR_read, __NR_readv, __NR_preadv, __NR_preadv2, __NR_write,
		__NR_writev, __NR_pwritev, __NR_pwritev2, __NR_sendfile,
		__NR_splice, __NR_tee, __NR_vmsplice, __NR_copy_file_range,
		__NR_accept, __NR_accept4, __NR_connect, __NR_recvfrom,
		__NR_recvmsg, __NR_recvmmsg, __NR_sendto, __NR_sendmsg,
		__NR_sendmmsg, __NR_wait4, __NR_waitid, __NR_futex, __NR_flock,
		__NR_fcntl, __NR_ioctl, __NR_mq_timedsend,
		__NR_mq_timedreceive, __NR_openat,
	};

	for (size_t i = 0; i < sizeof slow / sizeof *slow; i++)
		if (slow[i] == number)
			return 1;
	return 0;
}

/* A signal of the program's own has interrupted a call: the -EINTR is the
 * program's, and a stop that comes later must leave it alone.  So the frame goes
 * one nop further, to call_done.  If a stop had taken the call back just
 * before, the program's signal interrupts it all the same. */
void call_interrupted(struct ucontext *frame, unsigned long action_flags)
{
	unsigned long pc = *frame_pc(frame);
	struct call *call = thread_self()->call;

	if (!at_end(pc)) {
		if (!at_again(pc) && !is_resumed(frame) &&
		    (pc != (unsigned long)call_start ||
		     (action_flags & SA_RESTART) ||
		     !is_slow(frame_call_number(frame))))
			return;
		*frame_result(frame) = (__u64)-EINTR;
	}
	*frame_pc(frame) = (unsigned long)call_done;
	if (call) {
		call->interrupted = 1;
		call->cut_short = 0;
	}
}

/* ---- Time ------------------------------------------------------------------- */

/* What is too late for the type becomes the latest. */
static void time_add(struct timespec *t, long seconds, long nanoseconds)
{
	long carry = 0;

	t->tv_nsec += nanoseconds;
	while (t->tv_nsec < 0) {
		t->tv_nsec += NANOSECONDS;
		carry--;
	}
	carry += t->tv_nsec / NANOSECONDS;
	t->tv_nsec %= NANOSECONDS;
	if (__builtin_add_overflow(t->tv_sec, seconds, &t->tv_sec) ||
	    __builtin_add_overflow(t->tv_sec, carry, &t->tv_sec))
		t->tv_sec = (long)(~0UL >> 1);	/* for ever */
}

/* The process can be restarted between any two instructions: what was read of
 * the kernel's clock and of the offset belongs together only if the offset is
 * still the same after that. */
long clock_read(int clock, struct timespec *now)
{
	long offset, r;

	do {
		offset = load(&clock_offset);
		r = sys(clock_gettime, clock, now);
	} while (load(&clock_offset) != offset);
	if (r == 0 && clock == CLOCK_MONOTONIC && offset)
		time_add(now, offset / NANOSECONDS, offset % NANOSECONDS);
	return r;
}

int call_start_clock(struct call *call, int clock,
		     const struct timespec *given)
{
	if (!given)
		return -EFAULT;
	if (deadline_check(given))
		return -EINVAL;
	call->clock = clock;
	call->kernel_time = *given;
	clock_read(clock, &call->deadline);
	time_add(&call->deadline, given->tv_sec, given->tv_nsec);
	return 0;
}

/* A restart in the middle finds the call published, and computes; the rest of
 * this would undo that with the old offset, so it begins again.  What is the
 * same is not written again, for the sake of a page shared with a copy. */
void call_set_time(struct call *call)
{
	struct timespec now, t;
	long offset;

	if (!call || call->timed == CALL_UNTIMED)
		return;
	do {
		offset = load(&clock_offset);
		t = call->deadline;
		if (call->timed == CALL_RELATIVE) {
			clock_read(call->clock, &now);
			time_add(&t, -now.tv_sec, -now.tv_nsec);
		} else if (call->clock == CLOCK_MONOTONIC) {
			time_add(&t, -offset / NANOSECONDS,
				 -offset % NANOSECONDS);
		}
		if (t.tv_sec < 0)
			t = (struct timespec){ 0 };
		if (t.tv_sec != call->kernel_time.tv_sec ||
		    t.tv_nsec != call->kernel_time.tv_nsec)
			call->kernel_time = t;
	} while (load(&clock_offset) != offset);
}

/* A time left was right when it was computed, and still is after a restart; but
 * a deadline of the kernel's is computed when a restart can find the call. */
long call_make(struct call *call, long n, const long a[6])
{
	struct thread *self = thread_self();
	struct call *outer = self->call;
	long r;

	store(&self->call, call);
	if (call->timed == CALL_ABSOLUTE)
		call_set_time(call);
	r = restartable_call(n, a[0], a[1], a[2], a[3], a[4], a[5]);
	store(&self->call, outer);
	return r;
}
