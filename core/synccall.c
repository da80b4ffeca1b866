/* The stop: every thread but one is brought into the handler of SIGSYNCCALL and
 * parked there, by a signal to each, sent to all before any is waited for.
 *
 * A parked thread is a saved thread.  The kernel has spilled all registers of the
 * interrupted code into a frame on its stack; its context only has to find the
 * way back into park(), and returning from the handler restores the rest, in
 * this process or in a copy of it. */
#include "call.h"
#include "checkpoint.h"

#define MILLISECOND 1000000L
#define SLICE_MS    100

/* During a synccall everybody waits for everybody, and briefly.  To let the
 * others run some times costs less than to sleep and be woken by one of them,
 * which may start an idle processor for it. */
#define YIELDS      32

/* A thread's wanted.  The stopper goes from UNWANTED to WANTED, and back from
 * anywhere.  The handler goes to UNWANTED when it begins to park: from WANTED, or
 * through CALLING if the thread has callbacks. */
enum { UNWANTED, WANTED, CALLING };

#define UNDECIDED 2			/* proceed_result: nobody has said yet */

static struct {
	/* Written by the stopper before it sends the signals. */
	int kind;			/* STOP_... */
	void (*callback)(void *);	/* or NULL */
	void *argument;

	int pending;			/* futex: threads not parked yet */
	int gate;			/* futex: changes when the stop ends */
	int error;			/* first reason against a copy, */
	int refused;			/* and a callback has given it */

	int start;			/* futex: changes when callbacks may run */
	int left;			/* threads whose callback has not run */
	struct mutex callback_lock;	/* one by one */
} stop;

int stop_timeout_ms = 5000;

int stop_timeout(int milliseconds)
{
	if (milliseconds < 0)
		return -EINVAL;
	return swap(&stop_timeout_ms, milliseconds);
}

int stop_culprit(void)
{
	return thread_self()->culprit;
}

/* ---- In the stopped threads ------------------------------------------------ */

int stop_gate(void)
{
	return load(&stop.gate);
}

static void await_change(int *word, int value, int yields)
{
	while (load(word) == value && yields-- > 0)
		sys(sched_yield);
	while (load(word) == value)
		sys(futex, word, FUTEX_WAIT_PRIVATE, value);
}

void stop_wait(int gate)
{
	await_change(&stop.gate, gate, 0);
}

/* The last one ends the stop. */
static void run_callback(struct thread *self)
{
	struct call *call = self->call;

	mutex_lock(&stop.callback_lock);
	store(&self->call, NULL);		/* it may make calls of its own */
	self->in_callback = 1;
	stop.callback(stop.argument);
	self->in_callback = 0;
	store(&self->call, call);
	mutex_unlock(&stop.callback_lock);
	if (add(&stop.left, -1) == 0)
		stop_release();
}

/* Not inlined, nor given more to do: its frame is what context_save() returns
 * into a second time, in a copy.  Whatever tells one stop from the next is read
 * before the arrival: after it this stop can end and another begin.  1 in a
 * copy. */
static __attribute__((noinline)) int park(struct thread *self)
{
	int gate = stop_gate(), start = load(&stop.start), error;
	volatile int yields = stop.callback ? YIELDS : 0;

	if (stop.kind != STOP_ONLY) {
		error = keep_thread(self);
		if (error)
			cas(&stop.error, 0, error);
		if (context_save(&self->context)) {
			respawned(self);
			return 1;
		}
	}
	if (add(&stop.pending, -1) == 0)
		futex_wake(&stop.pending, 1);
	if (yields) {
		await_change(&stop.start, start, yields);
		if (stop_gate() == gate)	/* else it was given up */
			run_callback(self);
	}
	await_change(&stop.gate, gate, yields);
	return 0;
}

/* Parks in the middle of the thread's callbacks, or after one has failed.  The
 * result is there before the gate opens; a next stop, which may have begun by
 * now, finds it decided and leaves it alone. */
static int park_inside(int failure)
{
	struct thread *self = thread_self();

	self->proceed_result = UNDECIDED;
	if (!cas(&self->wanted, CALLING, UNWANTED))
		return -ETIMEDOUT;		/* the stopper has given up */
	if (failure && cas(&stop.error, 0, failure))
		stop.refused = 1;
	return park(self) ? 1 : self->proceed_result;
}

/* The stop of a thread that has callbacks.  The kind is this stop's if that still
 * waits for the thread when it has been read.  If it does not, another may: its
 * signal is pending. */
static void call_and_park(struct thread *self)
{
	int kind = load(&stop.kind);

	if (kind == STOP_CHECKPOINT && load(&self->wanted) == CALLING)
		callbacks_stopped(self, park_inside);
	else if (cas(&self->wanted, CALLING, UNWANTED))
		park(self);
}

/* The handler of SIGSYNCCALL, with all signals blocked. */
static void stopped(int signal, siginfo_t *info, struct ucontext *frame)
{
	struct thread *self = thread_self();

	(void)signal, (void)info;
	if (!self->callbacks) {
		if (cas(&self->wanted, WANTED, UNWANTED)) {
			self->frame = frame;
			park(self);
		}
	} else if (cas(&self->wanted, WANTED, CALLING)) {
		self->frame = frame;
		call_and_park(self);
	}
	/* Most threads write nothing between the end of a stop and here: after a
	 * fork, each page that is written has to be copied first. */
	if (call_is_near(frame))
		call_stopped(frame, self->call);
}

/* SIGRESTART is for dormant processes, and for who asks one and blocks it; to
 * others it does nothing. */
void stop_start(void)
{
	struct kernel_action action = {
		.handler = (void *)stopped,
		/* SA_RESTART: the kernel restarts what it can.  SA_ONSTACK: a
		 * thread with a tiny stack has an alternate one. */
		.flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK,
		.mask = ALL_SIGNALS,
	};
	struct kernel_action ignore = { .handler = (void *)SIG_IGN };

	kernel_action(SIGSYNCCALL, &action, NULL);
	kernel_action(SIGRESTART, &ignore, NULL);
	/* Whoever started the program may have blocked it. */
	set_mask(SIG_UNBLOCK, SIGNAL_BIT(SIGSYNCCALL));
}

/* ---- In the stopper ---------------------------------------------------------- */

/* A real-time signal fails with -EAGAIN at RLIMIT_SIGPENDING if it is for one
 * thread, but not if it is for the process: see await_parked().  Not inlined:
 * a debugger holds all others until this has returned. */
static __attribute__((noinline)) int send_stops(struct thread *self, int pid)
{
	int full = 0;

	for_each_thread(t) {
		if (t == self)
			continue;
		store(&t->wanted, WANTED);
		full |= sys(tgkill, pid, t->tid, SIGSYNCCALL) == -EAGAIN;
	}
	return full;
}

/* Waits until all are parked.  Time is counted in slices, none of which counts
 * for more than its length: a process that itself was stopped for an hour
 * (SIGSTOP) still gives its threads the rest.  With full_pid, the process is
 * asked in each slice: parked threads block the signal, so the kernel gives it to
 * one that is still wanted. */
static int await_parked(int milliseconds, int full_pid)
{
	int left = milliseconds, ms = full_pid ? 1 : SLICE_MS, n;
	struct timespec slice;

	if (milliseconds && milliseconds < ms)
		ms = milliseconds;
	slice = (struct timespec){ 0, ms * MILLISECOND };
	while ((n = load(&stop.pending)) > 0) {
		if (full_pid)
			sys(kill, full_pid, SIGSYNCCALL);
		if (sys(futex, &stop.pending, FUTEX_WAIT_PRIVATE, n, &slice) !=
		    -ETIMEDOUT || !milliseconds)
			continue;
		left -= ms;
		if (left <= 0)
			return -ETIMEDOUT;
	}
	return 0;
}

/* Takes the request back, in the order in which a thread goes on with it. */
static int take_back(struct thread *t)
{
	return cas(&t->wanted, WANTED, UNWANTED) ||
	       cas(&t->wanted, CALLING, UNWANTED);
}

/* Takes back what was asked of the threads that have not begun to park.  Those
 * that have will be parked in a moment, deadline or not.  Returns 0 if that was
 * all. */
static int give_up(struct thread *self)
{
	int late = 0;

	for_each_thread(t) {
		if (t != self && take_back(t)) {
			self->culprit = t->tid;
			late++;
		}
	}
	add(&stop.pending, -late);
	await_parked(0, 0);
	return late ? -ETIMEDOUT : 0;
}

int stop_threads(int kind, void (*callback)(void *), void *argument)
{
	struct thread *self = thread_self();
	int pid = (int)sys(getpid), full, r;

	store(&stop.kind, kind);
	if (kind != STOP_ONLY)
		keep_begin(self);
	stop.callback = callback;
	stop.argument = argument;
	stop.error = stop.refused = 0;
	self->culprit = 0;
	store(&stop.pending, thread_count - 1);
	full = send_stops(self, pid);
	r = await_parked(load(&stop_timeout_ms), full ? pid : 0);
	if (r < 0)
		r = give_up(self);
	if (r == 0 && stop.refused)
		self->refused = 1;
	return r < 0 ? r : stop.error;
}

void stop_result(int result)
{
	if (stop.kind != STOP_CHECKPOINT)
		return;
	for_each_thread(t)
		if (load(&t->proceed_result) == UNDECIDED)
			store(&t->proceed_result, result);
}

void stop_release(void)
{
	add(&stop.gate, 1);
	futex_wake(&stop.gate, INT_MAX);
}

int synccall(void (*callback)(void *), void *argument)
{
	struct thread *self = thread_self();
	unsigned long mask;
	int gate, r;

	if (!callback)
		return -EINVAL;
	if (self->in_callback)
		return -EDEADLK;
	mask = list_lock();
	set_mask(SIG_SETMASK, ALL_SIGNALS);
	gate = stop_gate();
	r = stop_threads(STOP_ONLY, callback, argument);
	store(&stop.left, thread_count);
	if (r < 0)
		stop_release();
	add(&stop.start, 1);
	futex_wake(&stop.start, INT_MAX);
	if (r == 0) {
		run_callback(self);
		await_change(&stop.gate, gate, YIELDS);
	}
	list_unlock(mask);
	return r;
}
