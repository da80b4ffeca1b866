/* What the files of the benchmark share: the workers, which are the threads that
 * get stopped, and what is measured on them. */
#ifndef BENCH_H
#define BENCH_H

#include "thread.h"

#define WORKERS_MAX 30000
#define NO_TIME     (-1L)

/* One thread that is stopped.  On the thread's own stack, as its TCB is, so that
 * the floor touches as many pages as the library. */
struct worker {
	struct thread *thread;
	unsigned long *start;		/* floor: stack of its bare copy */
	int tid;			/* floor: written by its bare clone */
};

extern struct worker *workers[WORKERS_MAX];
extern int worker_count;
extern _Thread_local struct worker *worker_self;

/* Starts n workers, which wait in a futex or spin.  0 or an error. */
int workers_start(int n, int spin);

/* Of one duplication, in nanoseconds from its begin. */
struct times {
	long call;		/* until the caller is back */
	long pause;		/* waiting workers: until the last one runs again;
				 * spinning: the longest gap that one sees */
	long copy;		/* until the last thread of the copy has run */
};

/* Measures one duplication of the process.  make_copy() returns a pid, an error,
 * or 0 in the copy; there every thread that runs again calls worker_ran(),
 * those of the library by themselves. */
int measure_copy(int (*make_copy)(void), struct times *times);
void worker_ran(void);

/* Of waiting workers alone: both times are those of clock_now(), just before a stop
 * and when the last of them ran again after it. */
long workers_watch(void);
long workers_ran(void);

/* The image measures (bench_image.c), with files of their own in a directory, and
 * memory of up to so many MiB.  Returns nonzero if one failed. */
int measure_images(const int *counts, int count, const char *directory,
		   int mib_max);

/* bench.c: how many runs at most, and the middle of n, which get sorted. */
#define RUNS_MAX 1001
extern int runs;
long median(long *sample, int n);

/* Bare loops of the same system calls: bench_floor.c, bench_musl.c. */
int floor_forkall(void);
int musl_synccall(void (*callback)(void *), void *argument);

/* The queue of signals is one for all processes of a user, and can be full. */
static inline void send_signal(int tid, int signal)
{
	while (sys(tkill, tid, signal) == -EAGAIN)
		sys(sched_yield);
}

/* Futex words. */
static inline void await_change(int *word, int old)
{
	while (load(word) == old)
		sys(futex, word, FUTEX_WAIT_PRIVATE, old, NULL);
}

static inline void await_zero(int *word)
{
	int n;

	while ((n = load(word)) != 0)
		sys(futex, word, FUTEX_WAIT_PRIVATE, n, NULL);
}

static inline void change_and_wake(int *word)
{
	add(word, 1);
	futex_wake(word, 0x7fffffff);
}

#endif
