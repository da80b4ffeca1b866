/* A stop or a fork at every single instruction of something that a thread does.
 * For each a process is made afresh, in which one thread acts and is stepped up to
 * there; then another, the main one, is ordered to stop or copy the process, and
 * when it waits for that, the stepped thread is let go.  All must come out right,
 * and end, in the process and in its copies. */
#ifndef EVERY_H
#define EVERY_H

#include "step.h"
#include <linux/ptrace.h>

/* Orders, as signals to the main thread. */
#define ORDER_FORK    SIGUSR1
#define ORDER_STOP    SIGUSR2
#define ORDER_RELEASE SIGTSTP		/* what the thread waits for */
#define ORDER_END     SIGTERM
#define MARK          SIGURG		/* raised by the thread: begin and end */
#define ORDERS        (1UL << (ORDER_FORK - 1) | 1UL << (ORDER_STOP - 1) | \
		       1UL << (ORDER_RELEASE - 1) | 1UL << (ORDER_END - 1))
#define PROCESS_SECONDS 15		/* no process takes so long */
#define TEST_SECONDS    20		/* then only some places are tried */
#define PLACES          16384

/* What the thread does; all but act may be NULL. */
struct act {
	const char *name;
	void (*begin)(void);		/* main thread, before */
	void (*act)(void);		/* the stepped thread, or */
	void *(*born)(void *);		/* one that is created, from birth; */
	int detached;			/* like that */
	void (*release)(void);		/* main thread: when it is asleep */
	void (*end)(void);		/* main thread: all must be right */
	int least;			/* places: see is_new_place() */
};

/* In the memory of the tracer and the process. */
static struct { int tid, ordered, answered; } *shared;

static struct {
	const struct act *act;
	struct thread *thread;		/* that acts */
	struct thread *main;
	int released;
	int go[2];
} process;

static struct {
	unsigned long seed;
	long end;			/* of the test, at the latest */
	int left;			/* acts and orders to come */
	int order;
	unsigned long handler;		/* sp where it began; 0: it has not */
	unsigned long pc, depth;	/* the last place with an order */
	int skip;			/* places to pass over */
	int count;			/* of places */
	unsigned long places[PLACES];
} every;

/* ---- The process -------------------------------------------------------- */

static inline void order(int pid, int tid, int what)
{
	CHECK_EQUAL(system_call(__NR_tgkill, pid, tid, what), 0);
}

/* To be called after each fork: in a copy the main thread has no more orders.  Its
 * ids are others, if it is copied just now. */
static inline void forked(int r)
{
	int pid;

	CHECK_EQUAL(r < 0 ? r : 0, 0);
	if (r > 0)
		return;
	do {
		pid = getpid();
		system_call(__NR_tgkill, pid, thread_tid(process.main),
			    ORDER_END);
	} while (pid != getpid());
}

static inline void ignore(void *unused)
{
	add((int *)unused, 1);
}

static inline void obey(int what)
{
	int calls = 0;

	if (what == ORDER_FORK) {
		forked(forkall());
	} else if (what == ORDER_STOP) {
		CHECK_EQUAL(synccall(ignore, &calls), 0);
		CHECK(calls >= 1);
	} else if (!process.released) {
		process.released = 1;
		if (process.act->release)
			process.act->release();
	}
}

static inline void *acting(void *unused)
{
	int pid = getpid(), tid = (int)sys(gettid);

	store(&shared->tid, tid);
	hear(process.go);
	sys(tgkill, pid, tid, MARK);
	process.act->act();
	sys(tgkill, sys(getpid), sys(gettid), MARK);
	return unused;
}

/* The main thread creates the one that is stepped. */
static inline void create_one(void)
{
	struct thread_attr attr = { .detached = process.act->detached };

	sys(tgkill, sys(getpid), sys(gettid), MARK);
	CHECK_EQUAL(thread_create(&process.thread, &attr, process.act->born,
				  NULL), 0);
	if (attr.detached)
		process.thread = NULL;
}

static inline _Noreturn void run_process(void)
{
	unsigned long orders = ORDERS;
	long what;

	CHECK_EQUAL(signal_mask(SIG_BLOCK, &orders, NULL), 0);
	process.main = thread_self();
	if (process.act->begin)
		process.act->begin();
	if (process.act->act) {
		process.thread = spawn(acting, NULL);
	} else {
		store(&shared->tid, getpid());
		hear(process.go);
		create_one();
	}
	for (;;) {
		what = system_call(__NR_rt_sigtimedwait, &orders, NULL, NULL,
				   sizeof orders);
		if (what == ORDER_END)
			break;
		store(&shared->ordered, 1);
		obey((int)what);
		store(&shared->answered, 1);
	}
	obey(ORDER_RELEASE);
	if (process.thread)
		CHECK_EQUAL(thread_join(process.thread, NULL), 0);
	if (process.act->end)
		process.act->end();
	reap_all();
	process_exit(0);
}

/* ---- The tracer --------------------------------------------------------- */

static inline void every_say(const char *what)
{
	eprint("%s: %s, place %d (pc %lx, sp %lx), order %d\n",
	       process.act->name, what, every.count, traced.pc, traced.sp,
	       every.order);
}

static inline void every_hangs(int signal)
{
	(void)signal;
	every_say("hangs");
	process_exit(FAILED);
}

static inline void set_alarm(int seconds)
{
	struct __kernel_old_timeval timer[2] = { { 0, 0 }, { seconds, 0 } };

	system_call(__NR_setitimer, 0 /* ITIMER_REAL */, timer, NULL);
}

/* The main thread has got it, and waits for others.  If it sleeps without having
 * got it, another stop holds it, which may wait for the stepped thread: then it
 * will be obeyed after that. */
static inline void give_order(int what)
{
	store(&shared->ordered, 0);
	order(traced.pid, traced.pid, what);
	while (traced_state(traced.pid) != 'S')
		system_call(__NR_sched_yield);
}

/* It is released once; it may sleep again for a moment. */
static inline void every_asleep(void)
{
	static int pid;

	if (pid != traced.pid && process.act->release) {
		pid = traced.pid;
		give_order(ORDER_RELEASE);
	}
}

/* Goes on to the event of a new thread, and makes it the traced one. */
static inline void follow_newborn(void)
{
	unsigned long tid = 0;
	int status = trace_go(PTRACE_CONT, 0, NULL);

	CHECK_EQUAL(STOP_EVENT(status), PTRACE_EVENT_CLONE);
	CHECK_EQUAL(trace(PTRACE_GETEVENTMSG, 0, (long)&tid), 0);
	CHECK_EQUAL(trace(PTRACE_DETACH, 0, 0), 0);
	traced.tid = (int)tid;
	CHECK_EQUAL(STOP_EVENT(wait_stopped(traced.tid)), PTRACE_EVENT_STOP);
}

/* A handler's is counted from where it began, for that may differ. */
static inline unsigned long depth(void)
{
	return traced.sp > every.handler ? traced.sp :
					   every.handler - traced.sp;
}

/* Whether no order was given here.  A place is an instruction and the depth of the
 * stack: a loop comes to the same place again, a function called by two does not. */
static inline int is_new_place(void)
{
	unsigned long place = traced.pc ^ depth() << 24, *at;
	unsigned i = (unsigned)(place * 0x9e3779b97f4a7c15 >> 32);

	while (*(at = &every.places[i++ % PLACES]))
		if (*at == place)
			return 0;
	*at = place;
	CHECK(++every.count < PLACES / 2);
	return every.skip-- <= 0;
}

/* Goes on: until the last place, or by one instruction. */
static inline int go(int signal, int run)
{
	void (*asleep)(void) = process.act->release ? every_asleep : NULL;
	int status;

	run = run && !signal && traced.pc != every.pc &&
	      !tracee_break(traced.tid, every.pc);
	status = trace_go(run ? PTRACE_CONT : PTRACE_SINGLESTEP, signal, asleep);
	if (run)
		tracee_break(traced.tid, 0);
	if (STOPPED(status))
		trace_look();
	if (signal == SIGSYNCCALL)
		every.handler = traced.sp;
	return status;
}

/* Goes to a new place; 0 if there are none.  jump: runs to the last one, for up to
 * there nothing is new, or seldom.  A signal of the kernel's own (a copy has
 * ended) is passed over. */
static inline int go_to_new(int jump)
{
	int status, signal = 0;

	every.handler = 0;
	trace_look();
	for (;;) {
		if (traced.pc == every.pc && depth() == every.depth)
			jump = 0;
		if (!signal && !jump && is_new_place())
			break;
		status = go(signal, jump);
		signal = STOP_SIGNAL(status);
		if (!STOPPED(status) || signal == MARK)
			return 0;
		if (signal == SIGTRAP)
			signal = 0;
	}
	every.pc = traced.pc;
	every.depth = depth();
	return 1;
}

static inline void start_process(void)
{
	shared->tid = 0;
	traced.pid = fork1();
	CHECK(traced.pid >= 0);
	if (traced.pid == 0)
		run_process();
	while (!load(&shared->tid))
		system_call(__NR_sched_yield);
	trace_begin(traced.pid, load(&shared->tid),
		    process.act->born ? PTRACE_O_TRACECLONE : 0);
	tell(process.go);
	CHECK_EQUAL(wait_stopped(traced.tid), MARK << 8 | 0x7f);
	if (process.act->born)
		follow_newborn();
}

/* One order at one new place; 0 if there are none. */
static inline int every_run(int jump)
{
	int reached, status = -1;

	set_alarm(PROCESS_SECONDS);
	start_process();
	reached = go_to_new(jump);
	if (reached)
		give_order(every.order);
	trace(PTRACE_DETACH, 0, 0);		/* or it has ended */
	order(traced.pid, traced.pid, ORDER_END);
	CHECK_EQUAL(system_call(__NR_wait4, traced.pid, &status, __WALL, NULL),
		    traced.pid);
	set_alarm(0);
	if (status)
		every_say("goes wrong");
	CHECK_EQUAL(status, 0);
	return reached;
}

/* Places to pass over: when the act's time is over, only some are tried. */
static inline int skip_some(long end)
{
	if (clock_now() < end)
		return 0;
	return 1 + (int)(random_next(&every.seed) %
			 (unsigned)(32 + every.count / 2));
}

/* Both orders at each place, until a run without a jump finds none. */
static inline void every_instruction(const struct act *act)
{
	static const int orders[] = { ORDER_FORK, ORDER_STOP };

	process.act = act;
	for (int i = 0; i < 2; i++) {
		long now = clock_now();
		long end = now + (every.end - now) / every.left--;
		int runs = 0, jump, found = 0;

		every.order = orders[i];
		every.count = 0;
		memset(every.places, 0, sizeof every.places);
		do {
			jump = found;
			every.skip = skip_some(end);
			found = every_run(jump);
			runs += found;
		} while ((found || jump) && clock_now() < every.end);
		print("%s: %d of %d places\n", act->name, runs, every.count);
		CHECK(every.count >= act->least || clock_now() >= every.end);
	}
}

static inline void every_begin(int argc, char **argv, int acts)
{
	struct signal_action hangs = { .handler = every_hangs };

	every.seed = random_seed(argc, argv);
	every.end = clock_now() + TEST_SECONDS * 1000000000L;
	every.left = 2 * acts;
	shared = memory_shared(sizeof *shared);
	open_pipe(process.go);
	CHECK_EQUAL(signal_action(SIGALRM, &hangs, NULL), 0);
}

#endif
