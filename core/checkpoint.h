/* What the files of a checkpoint share: checkpoint.c asks, callback.c and
 * critical.c prepare the program, request.c serves those from outside. */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include "thread.h"

/* ---- checkpoint.c ------------------------------------------------------------ */

/* The program's file, also in a process restarted from an image. */
const char *program_path(void);

/* checkpoint() for the process with that pid; elsewhere -ECANCELED: in a copy, or a
 * restarted process, to which a request has come along. */
int checkpoint_of(int pid, const char *path);

void checkpoint_alone(struct thread *);	/* in the copy by fork1() */

/* ---- callback.c -------------------------------------------------------------- */

/* Runs the callbacks of the process, nested, and innermost() in the middle, unless
 * one of them fails.  Returns what innermost() does (0: the original, 1:
 * restarted, or an error), or the failure. */
int callbacks_run(int (*innermost)(void));

/* Whether the last request of this thread failed because a callback said so. */
int callbacks_refused(void);

/* Whether a callback has called checkpoint_close(fd) in this request. */
int callbacks_close(int fd);

/* Runs those of a thread that is being stopped, in its handler, and park() in the
 * middle.  park() is told why there can be no image, or 0, and returns what
 * checkpoint_proceed() does. */
void callbacks_stopped(struct thread *self, int (*park)(int failure));

void callbacks_alone(struct thread *self);	/* in the copy by fork1() */

/* Hooks around forkall(): prepare returns those that take part, for finish. */
struct fork_hooks *fork_hooks_prepare(void);
void fork_hooks_finish(const struct fork_hooks *last, int in_copy);

/* ---- critical.c -------------------------------------------------------------- */

/* Waits until no thread is in a critical section, and lets none but the caller in
 * until critical_open(), by the same thread, here or in a copy; a second one does
 * nothing.  0; -EDEADLK: the caller is in one; -ETIMEDOUT: not within so many
 * milliseconds (0: for ever), and the sections are open again. */
int critical_close(int milliseconds);
void critical_open(void);
void critical_alone(struct thread *);	/* in the copy by fork1() */
void critical_abandon(struct thread *);	/* a thread that ends leaves */

#endif
