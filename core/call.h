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

/* Looks at the frame of a stop, when its handler is about to return: takes the
 * call back if the stop interrupted it. */
void call_stopped(struct ucontext *);

/* Looks at the frame of a signal of the program's own, before its handler. */
void call_interrupted(struct ucontext *, unsigned long action_flags);

#endif
