/* Restartable system calls: how a stop goes unnoticed by a thread that it finds
 * inside the kernel.
 *
 * The kernel restarts many calls by itself after the stop's handler, because
 * that has SA_RESTART.  The others (sleep, poll, timed futex, ...) return
 * -EINTR to restartable_call() in arch.S, where the stop handler finds the
 * frame with the program counter at call_end, and moves it to call_again. */
#include "call.h"

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
		if (call)
			call->cut_short = 1;
		if ((long)*frame_result(frame) != -EINTR)
			return;
	} else if (!is_resumed(frame)) {
		return;
	}
	if (call && call->timed)
		call_set_left(call);
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

void call_set_left(struct call *call)
{
	struct timespec now, *left = &call->left;

	sys(clock_gettime, call->clock, &now);
	left->tv_sec = call->deadline.tv_sec - now.tv_sec;
	left->tv_nsec = call->deadline.tv_nsec - now.tv_nsec;
	if (left->tv_nsec < 0) {
		left->tv_nsec += NANOSECONDS;
		left->tv_sec--;
	}
	if (left->tv_sec < 0)
		left->tv_sec = left->tv_nsec = 0;
}
