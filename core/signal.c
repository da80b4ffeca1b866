/* The program's signals.  Its handlers run behind a dispatcher, which is all
 * that the kernel knows: so a system call that one of them interrupts can be told
 * from one that a stop interrupted (call.c), and no handler's mask blocks the
 * stop. */
#include "call.h"

#define LAST_SIGNAL 64

#ifndef SA_RESTORER
#define SA_RESTORER 0x04000000	/* not in every architecture's UAPI headers */
#endif

static struct signal_action actions[LAST_SIGNAL + 1];

static int is_handler(const void *handler)
{
	return handler != (void *)SIG_DFL && handler != (void *)SIG_IGN;
}

static void dispatch(int signal, siginfo_t *info, struct ucontext *frame)
{
	struct thread *self = thread_self();
	struct call *call = self->call;
	void (*handler)(int) = load(&actions[signal].handler);

	call_interrupted(frame, load(&actions[signal].flags));
	if (!is_handler((void *)handler))	/* changed a moment ago */
		return;
	/* The handler's own calls are not the one it interrupted. */
	store(&self->call, NULL);
	/* One that wants less does not look at the rest.  To ask the flags could
	 * find those of another action than the handler's. */
	((void (*)(int, siginfo_t *, struct ucontext *))(void *)handler)
		(signal, info, frame);
	store(&self->call, call);
	/* A restart while the handler ran has not found it. */
	call_set_time(call);
}

int kernel_action(int signal, const struct kernel_action *new,
		  struct kernel_action *old)
{
	struct kernel_action whole;

	if (new) {
		whole = *new;
		whole.flags |= SA_RESTORER;
		whole.restorer = __restore_rt;
		new = &whole;
	}
	return (int)sys(rt_sigaction, signal, new, old, sizeof new->mask);
}

/* The table changes before the kernel's word makes it effective. */
static int exchange(int signal, const struct signal_action *new,
		    struct signal_action *old)
{
	struct kernel_action set = { 0 }, was;
	struct signal_action before = actions[signal];
	int r;

	if (new) {
		set.handler = is_handler((void *)new->handler) ?
			(void *)dispatch : (void *)new->handler;
		set.flags = new->flags |
			(is_handler((void *)new->handler) ? SA_SIGINFO : 0);
		set.mask = new->mask & ~SIGNAL_BIT(SIGSYNCCALL);
		actions[signal].mask = new->mask;
		store(&actions[signal].flags, new->flags);
		store(&actions[signal].handler, new->handler);
	}
	r = kernel_action(signal, new ? &set : NULL, &was);
	if (r < 0) {
		actions[signal] = before;
		return r;
	}
	if (was.handler != (void *)dispatch) {	/* nobody has set it here */
		before.handler = (void (*)(int))was.handler;
		before.flags = was.flags & ~SA_RESTORER;
		before.mask = was.mask;
	}
	if (old)
		*old = before;
	return 0;
}

int signal_action(int signal, const struct signal_action *new,
		  struct signal_action *old)
{
	unsigned long mask;
	int r;

	if (signal < 1 || signal > LAST_SIGNAL || signal == SIGKILL ||
	    signal == SIGSTOP || signal == SIGSYNCCALL || signal == SIGRESTART)
		return -EINVAL;
	/* Nothing else runs during a callback, and who stopped the others for
	 * it holds the lock. */
	if (thread_self()->in_callback)
		return exchange(signal, new, old);
	mask = list_lock();
	r = exchange(signal, new, old);
	list_unlock(mask);
	return r;
}

int signal_mask(int how, const unsigned long *set, unsigned long *old)
{
	unsigned long open;
	int r;

	if (set) {
		open = *set & ~SIGNAL_BIT(SIGSYNCCALL);
		set = &open;
	}
	r = (int)sys(rt_sigprocmask, how, set, old, sizeof *set);
	if (r == 0 && old)
		*old &= ~SIGNAL_BIT(SIGSYNCCALL);
	return r;
}
