/* forkall(): stop, fork, let go; and fork1(), for comparison.
 *
 * The order matters.  First the program's signals are blocked, so that no
 * handler runs with the list lock held; then the lock is taken, and a caller
 * that waits for it can still be stopped by the one who has it; then everything
 * is blocked. */
#include "thread.h"

/* Big enough for -O0.  One will do, for who uses it holds the list lock. */
static unsigned long respawn_stack[2048] __attribute__((aligned(16)));

static long fork_onto(void (*first_task)(void *), long exit_signal)
{
	unsigned long *sp = respawn_stack +
			    sizeof respawn_stack / sizeof *respawn_stack;

	*--sp = 0;
	*--sp = (unsigned long)first_task;
	return clone_stack(exit_signal, sp, NULL, NULL, NULL);
}

int await_report(int channel, int *result)
{
	long n;

	do
		n = sys(read, channel, result, sizeof *result);
	while (n == -EINTR);
	if (n == 0)
		*result = -ECANCELED;
	return n < 0 ? (int)n : 0;
}

/* The parent's side of the copy: its pid, or why it could not be made. */
static int await_copy(long pid, int channel)
{
	int result, r = await_report(channel, &result);

	if (r == 0 && result == 0)
		return (int)pid;
	/* Another thread has closed all descriptors: nobody can hear it. */
	if (r < 0)
		sys(kill, (int)pid, SIGKILL);
	sys(wait4, (int)pid, NULL, __WALL);
	return r < 0 ? r : result;
}

/* Returns twice: in the original, and in the copy as the caller's new thread.
 * In the original the pipe's write end is closed at once, so that the copy's
 * death ends the wait; the copy closes both ends itself. */
static __attribute__((noinline)) int fork_stopped(struct thread *self,
		long exit_signal, void (*first_task)(void *))
{
	long pid;
	int r;

	if (context_save(&self->context)) {
		respawned(self);
		return 0;
	}
	pid = fork_onto(first_task, exit_signal);
	sys(close, respawn_channel[1]);
	stop_release();
	r = pid < 0 ? (int)pid : await_copy(pid, respawn_channel[0]);
	sys(close, respawn_channel[0]);
	return r;
}

/* The pipe is made when nobody can make a process any more that has it too, and
 * keeps it open when the copy has died. */
static int stop_and_fork(struct thread *self, long exit_signal,
			 void (*first_task)(void *))
{
	int r = stop_threads(1, NULL, NULL);

	if (r == 0)
		r = keep_thread(self);
	if (r == 0)
		r = (int)sys(pipe2, respawn_channel, O_CLOEXEC);
	if (r == 0)
		return fork_stopped(self, exit_signal, first_task);
	stop_release();
	return r;
}

int duplicate(long exit_signal, void (*first_task)(void *))
{
	struct thread *self = thread_self();
	unsigned long mask;
	int r;

	if (self->in_callback)
		return -EDEADLK;
	mask = list_lock();
	set_mask(SIG_SETMASK, ALL_SIGNALS);
	respawn_caller = self;
	r = stop_and_fork(self, exit_signal, first_task);
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
	if (flags & ~(FORK_NOSIGCHLD | FORK_WAITPID))
		return -EINVAL;
	return duplicate(flags ? 0 : SIGCHLD, awake);
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
		sys(set_robust_list, robust, sizeof *robust);
		if (robust)
			robust_adopt(robust, old_tid, self->tid);
	}
	list_unlock(mask);
	return (int)pid;
}
