/* A process in which one thread acts and is stepped, and another, mostly the main
 * one, takes orders: to stop or copy the process, to release what the first waits
 * for, to end.  See every.h. */
#ifndef ACTING_H
#define ACTING_H

#include "proc.h"
#include "sys.h"

/* Orders, as signals to the thread that takes them. */
#define ORDER_FORK    SIGUSR1
#define ORDER_STOP    SIGUSR2
#define ORDER_RELEASE SIGTSTP		/* what the thread waits for */
#define ORDER_END     SIGTERM
#define MARK          SIGURG		/* raised by the thread: begin and end */
#define ORDERS        (1UL << (ORDER_FORK - 1) | 1UL << (ORDER_STOP - 1) | \
		       1UL << (ORDER_RELEASE - 1) | 1UL << (ORDER_END - 1))

/* Who is stepped. */
enum actor {
	ANOTHER,			/* than the main thread, in act() */
	MAIN,				/* in act(), which ends it */
	NEWBORN,			/* from birth, in born() */
	DETACHED, JOINED,		/* like that; JOINED: by somebody else */
	COPIED,				/* in a copy from birth, back to act() */
};

/* What the thread does.  All but act or born may be NULL; and all but these are
 * for who takes the orders. */
struct act {
	const char *name;
	void (*begin)(void);		/* before */
	void (*act)(void);
	void *(*born)(void *);
	void (*release)(void);		/* when it is asleep */
	void (*end)(void);		/* all must be right */
	enum actor actor;
	int least;			/* places: see is_new_place() */
};

/* In the memory of the tracer and the process. */
static struct { int tid, taker; } *shared;

static struct {
	const struct act *act;
	struct thread *thread;		/* that acts */
	struct thread *taker;		/* of orders */
	int released;
	int go[2];
} process;

static inline void order(int pid, int tid, int what)
{
	CHECK_EQUAL(system_call(__NR_tgkill, pid, tid, what), 0);
}

/* To be called after each fork: in a copy there are no more orders.  The ids are
 * others, if it is copied just now. */
static inline void forked(int r)
{
	int pid;

	CHECK_EQUAL(r < 0 ? r : 0, 0);
	if (r > 0)
		return;
	do {
		pid = getpid();
		system_call(__NR_tgkill, pid, thread_tid(process.taker),
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

/* The main thread creates the one that is stepped, or a copy with it. */
static inline void create_one(void)
{
	struct thread_attr attr = { .detached = process.act->actor == DETACHED };

	store(&shared->tid, getpid());
	hear(process.go);
	sys(tgkill, sys(getpid), sys(gettid), MARK);
	if (process.act->actor == COPIED) {
		CHECK(forkall() >= 0);
		return;
	}
	CHECK_EQUAL(thread_create(&process.thread, &attr, process.act->born,
				  NULL), 0);
	if (process.act->actor != NEWBORN)
		process.thread = NULL;
}

static inline void *copied(void *unused)
{
	process.act->act();
	sys(tgkill, sys(getpid), sys(gettid), MARK);
	return unused;
}

static inline void *take_orders(void *unused)
{
	unsigned long orders = ORDERS;
	long what;

	while ((what = system_call(__NR_rt_sigtimedwait, &orders, NULL, NULL,
				   sizeof orders)) != ORDER_END)
		obey((int)what);
	obey(ORDER_RELEASE);
	if (process.thread)
		CHECK_EQUAL(thread_join(process.thread, NULL), 0);
	if (process.act->end)
		process.act->end();
	reap_all();
	process_exit(0);
	return unused;
}

static inline _Noreturn void run_process(void)
{
	unsigned long orders = ORDERS;

	CHECK_EQUAL(signal_mask(SIG_BLOCK, &orders, NULL), 0);
	process.taker = process.thread = thread_self();
	if (process.act->actor == MAIN)
		process.taker = spawn(take_orders, NULL);
	store(&shared->taker, thread_tid(process.taker));
	if (process.act->begin)
		process.act->begin();
	if (process.act->actor == MAIN)
		acting(NULL);
	if (process.act->actor == ANOTHER)
		process.thread = spawn(acting, NULL);
	if (process.act->actor == COPIED)
		process.thread = spawn(copied, NULL);
	if (process.act->actor >= NEWBORN)
		create_one();
	take_orders(NULL);
	__builtin_unreachable();
}

#endif
