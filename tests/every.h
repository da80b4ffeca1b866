/* A stop or a fork at every single instruction of what a thread does.  For each a
 * process is made afresh (acting.h), whose acting thread is stepped up to there;
 * then another is ordered to stop or copy the process, and when it waits for
 * that, the stepped thread is let go.  All must come out right, and end, in the
 * process and in its copies. */
#ifndef EVERY_H
#define EVERY_H

#include "acting.h"
#include "step.h"
#include <linux/ptrace.h>

#define PROCESS_SECONDS 15		/* no process takes so long */
#define TEST_SECONDS    4		/* or the second argument: then only some
					 * places are tried */
#define PLACES          16384

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

/* Who takes it has got it, and waits for others.  If it sleeps without having
 * got it, another stop holds it, which may wait for the stepped thread: then it
 * will be obeyed after that. */
static inline void give_order(int what)
{
	order(traced.pid, shared->taker, what);
	while (traced_state(shared->taker) != 'S')
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

/* Goes on to the event of a new thread or process, which is traced from then. */
static inline void follow_newborn(void)
{
	unsigned long tid = 0;
	int event = STOP_EVENT(trace_go(PTRACE_CONT, 0, NULL));

	CHECK(event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK);
	CHECK_EQUAL(trace(PTRACE_GETEVENTMSG, 0, (long)&tid), 0);
	CHECK_EQUAL(trace(PTRACE_DETACH, 0, 0), 0);
	traced.tid = (int)tid;
	CHECK_EQUAL(STOP_EVENT(wait_stopped(traced.tid)), PTRACE_EVENT_STOP);
}

/* Into a copy, whose first task begins with the stepped thread.  The original
 * has nothing more to do. */
static inline void follow_copy(void)
{
	follow_newborn();
	order(traced.pid, traced.pid, ORDER_END);
	shared->taker = traced.pid = traced.tid;
	follow_newborn();
}

/* A handler's is counted from where it began, for that may differ. */
static inline unsigned long depth(void)
{
	return traced.sp > every.handler ? traced.sp :
					   every.handler - traced.sp;
}

/* Whether no order was given here.  A place is an instruction and the depth of
 * the stack: a loop comes to the same place again, a function that is called by
 * two does not. */
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
	status = trace_go(run ? PTRACE_CONT : PTRACE_SINGLESTEP, signal,
			  asleep);
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
		if (signal == MARK || STOP_EVENT(status) == PTRACE_EVENT_EXIT)
			return 0;
		CHECK(STOPPED(status));
		if (signal == SIGTRAP)
			signal = 0;
	}
	every.pc = traced.pc;
	every.depth = depth();
	return 1;
}

/* Returns its pid, for a copy the original's. */
static inline int start_process(void)
{
	int pid;

	shared->tid = 0;
	pid = traced.pid = fork1();
	CHECK(pid >= 0);
	if (pid == 0)
		run_process();
	while (!load(&shared->tid))
		system_call(__NR_sched_yield);
	trace_begin(pid, load(&shared->tid), PTRACE_O_TRACEEXIT |
		    (process.act->actor < NEWBORN ? 0 :
		     PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK));
	tell(process.go);
	CHECK_EQUAL(wait_stopped(traced.tid), MARK << 8 | 0x7f);
	if (process.act->actor == COPIED)
		follow_copy();
	else if (process.act->actor >= NEWBORN)
		follow_newborn();
	return pid;
}

/* One order at one new place; 0 if there are none. */
static inline int every_run(int jump)
{
	int pid, reached, status = -1;

	set_alarm(PROCESS_SECONDS);
	pid = start_process();
	reached = go_to_new(jump);
	if (reached)
		give_order(every.order);
	CHECK_EQUAL(trace(PTRACE_DETACH, 0, 0), 0);
	order(traced.pid, shared->taker, ORDER_END);
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, __WALL, NULL), pid);
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
	every.end = clock_now() + 1000000000L *
		    (argc > 2 ? proc_number(argv[2]) : TEST_SECONDS);
	every.left = 2 * acts;
	shared = memory_shared(sizeof *shared);
	open_pipe(process.go);
	CHECK_EQUAL(signal_action(SIGALRM, &hangs, NULL), 0);
}

#endif
