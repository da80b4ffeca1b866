/* A system call in progress, as the stop and signal handlers see it. */
#ifndef CALL_H
#define CALL_H

#include "thread.h"

#define NANOSECONDS 1000000000L		/* in a second */

/* What restartable_call() alone cannot make whole. */
struct call {
	int cut_short;			/* a stop ended it, maybe half done */
	int interrupted;		/* a handler of the program's ended it */
	int timed;			/* left is one of its arguments */
	int clock;
	struct timespec deadline;
	struct timespec left;		/* the relative time the kernel reads */
};

/* Computes left, the time from now to the deadline, or 0. */
void call_set_left(struct call *);

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
