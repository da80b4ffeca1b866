/* The soak: everything that forkall.h offers, at once, for a given time, in a
 * family of processes that copy themselves.  Here is what its files share: the
 * board, which all processes see; the process, which each has of its own; and
 * what a thread knows about itself. */
#ifndef SOAK_H
#define SOAK_H

#include "test.h"

#define swap(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define cas(p, old, new) __atomic_compare_exchange_n(p, &(__typeof__(*(p))){ \
	old }, new, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

#define BIT(n)      (1UL << ((n) - 1))
#define MILLISECOND 1000000L
#define SECOND      1000000000L
#define FOR_EVER    0x7fffffff

/* Signals of the soak: their handlers are in soak_handlers.c, but the first two
 * are soak_calls.c's, and ticks soak_timers.c's. */
#define SIGNAL_RELEASE SIGUSR1
#define SIGNAL_GIVE    48
#define SIGNAL_TICK    49
#define SIGNAL_NEST    50		/* and the two after it */
#define FAULTS (BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | BIT(SIGFPE) | \
		BIT(SIGTRAP))		/* soak_fail.c */

/* ---- The board ----------------------------------------------------------- */

#define SLOTS     256
#define PIDS      (1 << 22)		/* no kernel has more */
#define SEMAPHORES 32000		/* what kernels let a set have */
#define SNAPSHOTS_NOTED 1024
#define NAME_SIZE 256

enum {
	FORKALLS, SNAPSHOTS, RESUMES, CHECKPOINTS, RESTARTS, SYNCCALLS, THREADS,
	PROCESSES, HANDLERS, CALLS, WAITS, LOCKS, COUNTS
};

/* In a file that all map, so that restarted processes find it, too.  Everything
 * in it is changed atomically.  No process needs another to go on, so that one
 * can vanish at any moment. */
struct board {
	int stop;			/* end at the next quiet moment */
	long end;			/* outside_now() at which all end */
	int failed;			/* somebody has, */
	int told;			/* and has left what there is to see */
	int most;			/* processes at a time, about */
	int deepest;			/* generation */
	int image_number;
	unsigned snapshot_number;
	int queue, semaphores;		/* of System V, the soak's own */
	unsigned call_number, semop_number;	/* a call's part of them */
	long counts[COUNTS];
	long margin;			/* nanoseconds by which all may be late */
	long delay;			/* of the machine itself, measured... */
	int probes;			/* ...so often, */
	long probe_time;		/* the latest */
	long latest;			/* the most that anything was late */
	long patience;			/* nanoseconds without life */
	unsigned long seed;
	char directory[NAME_SIZE];
	/* Living processes.  beat: outside_now() when it last showed life. */
	struct slot { int pid, generation; long beat; } slots[SLOTS];
	int snapshots[SNAPSHOTS_NOTED];	/* pids, which may end by SIGKILL */
	/* A bit for each process that has come to be and has not been reaped. */
	unsigned long known[PIDS / 64];
};

extern struct board *board;

#define count(what) ((void)add(&board->counts[what], 1))

void know_process(int pid);
int forget_process(int pid);		/* whether it was known */
struct moment;
/* Reaped by who has begun to wait for it at that moment. */
void forget_ended(int pid, const struct moment *);

/* ---- The process --------------------------------------------------------- */

/* In the order in which residents are told to end. */
enum { RUNNING, NO_COPIES, NO_WORK, NO_FOOD };

extern struct process {
	struct thread *main;
	long identity;			/* generation and pid, changed as one */
	int ending;			/* how far: RUNNING, ... */
	int residents;			/* started in each round */
	int staying;			/* of those, and the main thread, who are
					 * there as long as copies are made */
	unsigned long begun, done;	/* makes of copies */
	unsigned long naps_begun, naps_done;	/* of those, snapshots */
	unsigned long hasty_begun, hasty_done;	/* stops with little time */
	unsigned long stops;
	int meddling;			/* threads that do what makers do */
	long round_end, life_end;
	char restart[NAME_SIZE];	/* path of the tool */
	int failing;			/* pid, if a handler has failed in it */
} process;

static inline int process_pid(void)
{
	return thread_tid(process.main);
}

/* Any thread that sees that this is a new process calls it; once is enough.
 * Async-signal-safe. */
void process_born(void);
_Noreturn void process_live(void);	/* rounds, until the end */
int process_crowd(void);		/* how many there are */
void reap_ended(void);			/* children that have ended; all well */

/* A thread that exists through a whole round. */
struct resident {
	const char *name;
	void (*run)(int number);
	int count, phase;		/* it ends when process.ending is that */
	unsigned long open;		/* signals that are not blocked */
};

static inline int is_ending(int phase)
{
	return load(&process.ending) >= phase;
}

/* ---- A thread ------------------------------------------------------------ */

struct me {
	const struct resident *resident;
	struct thread *thread;
	int id;
	volatile int in_handler;	/* how deep */
	volatile unsigned long handled;	/* handlers that have run */
	unsigned long mask;
	char name[16];
	void *stack;			/* the alternate one */
	int called;			/* the latest synccall's number */
	long time;			/* clock_now() of the last look */
	unsigned long random;
};

extern _Thread_local struct me me;

unsigned chance(unsigned n);		/* 0 to n - 1, in copies another */
void check_self(void);			/* still what it was */

/* What a thread remembers in order to know, later, whether it is a copy by now:
 * its ids change together with its becoming one. */
struct moment {
	long who;
	unsigned long done, naps_done, hasty_done, stops;
};

static inline long who_am_i(void)
{
	return (long)process_pid() << 32 | thread_tid(thread_self());
}

static inline struct moment moment_now(void)
{
	return (struct moment){ who_am_i(), load(&process.done),
				load(&process.naps_done),
				load(&process.hasty_done),
				load(&process.stops) };
}

static inline int is_copy_since(const struct moment *m)
{
	return who_am_i() != m->who;
}

/* Whether a copy may have been made, by whomever, since or at that time. */
static inline int is_copied_since(const struct moment *m)
{
	return load(&process.begun) != m->done;
}

/* Whether this process may have slept as a snapshot since. */
static inline int has_slept_since(const struct moment *m)
{
	return is_copy_since(m) && load(&process.naps_begun) != m->naps_done;
}

/* Whether a stop could be given up since, because it had little time. */
static inline int is_hasty_since(const struct moment *m)
{
	return load(&process.hasty_begun) != m->hasty_done;
}

/* For handlers of the program. */
static inline void handler_begin(void)
{
	me.handled++;
	me.in_handler++;
}

static inline void handler_end(void)
{
	me.in_handler--;
}

/* Sleeps on, whatever ticks. */
void nap(long nanoseconds);

static inline struct timespec time_of(long nanoseconds)
{
	return (struct timespec){ nanoseconds / SECOND, nanoseconds % SECOND };
}

/* A wait that began at a moment has ended by its deadline: not early, and not
 * too late.  Or by something else: then it is only not too late. */
void check_deadline(const char *what, long deadline, const struct moment *);
void check_overdue(const char *what, long deadline, const struct moment *);

/* ---- Failures (soak_fail.c) ---------------------------------------------- */

_Noreturn void failed(const char *file, int line, const char *why);
void failures_begin(void);
void failed_in_handler(void);	/* some look whether one has */

#define EXPECT(condition, ...) do {					\
	if (!(condition)) {						\
		char why_[160];						\
		format(why_, sizeof why_, __VA_ARGS__);			\
		failed(__FILE__, __LINE__, why_);			\
	}								\
} while (0)

/* What must return 0. */
#define EXPECT_0(call) do {						\
	long r_ = (long)(call);						\
	EXPECT(r_ == 0, "%s gives %ld", #call, r_);			\
} while (0)

/* Whether something has taken too long (soak_probe.c). */
int is_too_late(long late, long margin);
void probe_machine(void);
int probe_ended(int pid, int status);	/* whether that was it */

static inline int is_impatient(long since)
{
	return is_too_late(clock_now() - since, board->patience / 2);
}

/* ---- The other files ----------------------------------------------------- */

/* Of no process's own: a restarted one's program time is another. */
long outside_now(void);

void quiet_begin(void);			/* notes how things are... */
void quiet_check(void);			/* ...and have to be again */
void locks_check(void), meet_check(void), threads_check(void);
void locks_begin(void), meet_begin(void), threads_begin(void);
void calls_begin(void), timers_begin(void), handlers_begin(void);
void waits_begin(void);

/* soak_hooks.c: what a thread's hooks and callback have been called for. */
struct hooked {
	unsigned long prepared, in_original, in_copy, called, returned;
};
void hooks_begin(void);
struct hooked hooks_now(void);
void hooks_check(const struct hooked *before, int result);
void callback_check(const struct hooked *before, int result);

void make_forkall(void);		/* async-signal-safe */
void meddle(void);			/* now and then a stop or a copy */
void copies_run(int), calls_run(int), feeder_run(int), waits_run(int);
void timers_run(int), handlers_run(int), locks_run(int), queue_run(int);
void barrier_run(int), semaphore_run(int), threads_run(int);
#define SEATS 17			/* threads of calls_run() */

#define WAITERS 4			/* threads of waits_run() */

/* soak_process.c: the threads. */
struct thread *seat_thread(int number), *waiter_thread(int number);

int keep(int seconds);			/* from outside; the exit status */
void print_states(int session), print_threads(int pid);
void kill_session(int session);
void for_each_entry(const char *path, void (*function)(const char *name));
int marks(int forkalls, int threads, int generations);

#endif
