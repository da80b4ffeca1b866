/* forkall(): stop, fork, let go; and fork1(), for comparison.
 *
 * The order matters.  First the program's signals are blocked, so that no
 * handler runs with the list lock held; then the lock is taken, and a caller
 * that waits for it can still be stopped by the one who has it; then everything
 * is blocked. */
#include "checkpoint.h"

/* Big enough for -O0.  One will do, for who uses it holds the list lock. */
static unsigned long respawn_stack[2048] __attribute__((aligned(16)));

unsigned long *respawn_stack_end(void)
{
	return respawn_stack + sizeof respawn_stack / sizeof *respawn_stack;
}

static long fork_onto(const struct duplication *d)
{
	unsigned long *sp = respawn_stack_end();

	*--sp = (unsigned long)d->argument;
	*--sp = (unsigned long)d->first_task;
	return clone_stack(d->exit_signal, sp, NULL, NULL, NULL);
}

int await_report(int channel)
{
	int result;
	long n;

	do
		n = sys(read, channel, &result, sizeof result);
	while (n == -EINTR);
	if (n == 0)
		return -ECANCELED;
	return n < 0 ? (int)n : result;
}

/* The parent's side of the copy: its pid, or why it could not be made. */
static int await_copy(long pid, int channel)
{
	int r = await_report(channel);

	if (r == 0)
		return (int)pid;
	/* It may be alive: if another thread has closed all descriptors, nobody
	 * can hear it. */
	sys(kill, (int)pid, SIGKILL);
	while (sys(wait4, (int)pid, NULL, __WALL) == -EINTR)
		;
	return r;
}

/* Returns twice: in the original, and in the copy as the caller's new thread.
 * In the original the pipe's write end is closed at once, so that the copy's
 * death ends the wait; the copy closes both ends itself. */
static __attribute__((noinline)) int fork_stopped(struct thread *self,
						  struct duplication *d)
{
	long pid;
	int r;

	if (context_save(&self->context)) {
		respawned(self);
		return 0;
	}
	pid = fork_onto(d);
	sys(close, respawn_channel[1]);
	stop_result(pid < 0 ? (int)pid : 0);
	stop_release();
	if (d->background && pid > 0) {
		d->channel = respawn_channel[0];
		d->tid = self->tid;
		return (int)pid;
	}
	r = pid < 0 ? (int)pid : await_copy(pid, respawn_channel[0]);
	sys(close, respawn_channel[0]);
	return r;
}

/* The pipe is made when nobody can make a process any more that has it too, and
 * keeps it open when the copy has died. */
static int stop_and_fork(struct thread *self, struct duplication *d)
{
	int r = stop_threads(d->stop, NULL, NULL);

	if (r == 0)
		r = keep_thread(self);
	if (r == 0 && d->prepare)
		r = d->prepare(d->argument);
	if (r == 0)
		r = (int)sys(pipe2, respawn_channel, O_CLOEXEC);
	if (r == 0)
		return fork_stopped(self, d);
	stop_result(r);
	stop_release();
	return r;
}

int duplicate(struct duplication *d)
{
	struct thread *self = thread_self();
	unsigned long mask;
	int r;

	if (self->in_callback)
		return -EDEADLK;
	mask = list_lock();
	set_mask(SIG_SETMASK, ALL_SIGNALS);
	respawn_caller = self;
	self->frame = NULL;
	self->kept.mask = mask;
	r = stop_and_fork(self, d);
	list_unlock(mask);
	return r;
}

static void awake(void *unused)
{
	(void)unused;
	respawn_check();
	respawn_threads();
}

int forkallx(int flags)
{
	struct fork_hooks *last;
	int r;

	if (flags & ~(FORK_NOSIGCHLD | FORK_WAITPID))
		return -EINVAL;
	if (thread_self()->in_callback)
		return -EDEADLK;
	last = fork_hooks_prepare();
	r = duplicate(&(struct duplication){
		.stop = STOP_DUPLICATE, .first_task = awake,
		.exit_signal = flags ? 0 : SIGCHLD,
	});
	fork_hooks_finish(last, r == 0);
	return r;
}

int forkall(void)
{
	return forkallx(0);
}

int fork1(void)
{
	struct thread *self = thread_self();
	struct robust_list_head *robust;
	int old_tid = self->tid;
	unsigned long mask;
	size_t size;
	long pid;

	if (self->in_callback)
		return -EDEADLK;
	sys(get_robust_list, 0, &robust, &size);
	mask = list_lock();
	pid = sys(clone, SIGCHLD);
	if (pid == 0) {
		/* The other threads exist in memory only; nobody will free
		 * their stacks, because nobody knows what points to them. */
		thread_alone(self);
		thread_list_lock = 1;	/* none of them waits */
		critical_alone(self);
		callbacks_alone(self);
		checkpoint_alone(self);
		sys(set_robust_list, robust, sizeof *robust);
		if (robust)
			robust_adopt(robust, old_tid, self->tid);
	}
	list_unlock(mask);
	return (int)pid;
}
