/* A system call in progress, as the stop and signal handlers see it. */
#ifndef CALL_H
#define CALL_H

#include "thread.h"

#define NANOSECONDS 1000000000L		/* in a second */

enum { CALL_UNTIMED, CALL_RELATIVE, CALL_ABSOLUTE };

/* What restartable_call() alone cannot make whole. */
struct call {
	int cut_short;			/* a stop ended it, maybe half done */
	int interrupted;		/* a handler of the program's ended it */
	int timed;			/* kernel_time is one of its arguments */
	int clock;
	struct timespec deadline;	/* CLOCK_MONOTONIC: in program time */
	struct timespec kernel_time;	/* what the kernel reads: the time left,
					 * or the deadline as it counts */
};

/* Makes a call under the eyes of the handlers, which find it in self->call. */
long call_make(struct call *, long number, const long arguments[6]);

/* clock_gettime, but CLOCK_MONOTONIC is program time.  now may be bad: the
 * kernel is the first to write to it. */
long clock_read(int clock, struct timespec *now);

/* Sets the deadline of a relative time given now.  0; -EFAULT: NULL; -EINVAL. */
int call_start_clock(struct call *, int clock, const struct timespec *given);

/* Whether a frame is inside restartable_call(). */
static inline int call_is_near(struct ucontext *frame)
{
	return *frame_pc(frame) >= (unsigned long)call_start &&
	       *frame_pc(frame) <= (unsigned long)call_again_end;
}

/* Looks at the frame of a stop there, when its handler is about to return: takes
 * the call back if the stop interrupted it.  call is the thread's, or NULL. */
void call_stopped(struct ucontext *, struct call *call);

/* Looks at the frame of a signal of the program's own, before its handler. */
void call_interrupted(struct ucontext *, unsigned long action_flags);

#endif
