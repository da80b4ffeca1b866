/* What a checkpoint does with the threads, without an image: the stop with its
 * callbacks, and, as the restarted process, a copy made at once. */
#ifndef SHOT_H
#define SHOT_H

#include "../core/checkpoint.h"
#include "test.h"

static int shot_pid;				/* of the copy */

static inline void shot_awake(void *unused)
{
	(void)unused;
	respawn_check();
	respawn_threads();
}

static __attribute__((noinline, unused)) int shot_copy(struct thread *self)
{
	static unsigned long stack[2048] __attribute__((aligned(16)));
	unsigned long *sp = stack + 2048;

	if (context_save(&self->context)) {
		respawned(self);
		return 1;
	}
	*--sp = 0;
	*--sp = (unsigned long)shot_awake;
	shot_pid = (int)clone_stack(SIGCHLD, sp, NULL, NULL, NULL);
	CHECK(shot_pid > 0);
	sys(close, respawn_channel[1]);
	CHECK_EQUAL(await_report(respawn_channel[0]), 0);
	sys(close, respawn_channel[0]);
	return 0;
}

/* For callbacks_run(): a stop, and nothing more. */
static inline int dry_shot(void)
{
	unsigned long mask = list_lock();
	int r;

	set_mask(SIG_SETMASK, ALL_SIGNALS);
	r = stop_threads(STOP_CHECKPOINT, NULL, NULL);
	stop_result(r);
	stop_release();
	list_unlock(mask);
	return r;
}

/* For callbacks_run().  0 in the original, 1 in the copy. */
static inline int shot(void)
{
	struct thread *self = thread_self();
	unsigned long mask = list_lock();
	int r;

	set_mask(SIG_SETMASK, ALL_SIGNALS);
	respawn_caller = self;
	r = stop_threads(STOP_CHECKPOINT, NULL, NULL);
	if (r == 0)
		r = keep_thread(self);
	if (r == 0) {
		CHECK_EQUAL(sys(pipe2, respawn_channel, O_CLOEXEC), 0);
		r = shot_copy(self);
	}
	if (r < 1) {
		stop_result(r);
		stop_release();
	}
	list_unlock(mask);
	return r;
}

#endif
