/* What the files of the benchmark share: what is measured, the table, and the
 * workers, which are the threads that get stopped. */
#ifndef BENCH_H
#define BENCH_H

#include "thread.h"
#include "writer.h"

#define WORKERS_MAX 30000
#define RUNS_MAX    1001
#define MIB         (1UL << 20)
#define MILLISECOND 1000000L

/* ---- What is measured (bench.c) ------------------------------------------ */

/* So many threads beside the caller, waiting or spinning, and MiB of memory that
 * has been written to. */
struct subject { int threads, spin, mib; };

extern struct subject subject;
extern int runs;
extern unsigned long *memory;		/* subject.mib MiB */

enum { LIBRARY, FLOOR, SIDES };

/* Takes runs of the library and of its floor in turns, so that whatever else the
 * machine does meets both; the first of each is not counted.  Ends early when the
 * time is over, in nanoseconds.  Returns how many were taken, or an error. */
int take_turns(int (*once)(int side, int run), long patience);

/* ---- The table (bench_table.c) ------------------------------------------------- */

enum measure {
	FORKALL, FORKALL_PAUSE, SNAPSHOT, CHECKPOINT, CHECKPOINT_PAUSE, RESTART,
	LAZY_RESTART, SYNCCALL, MUSL_SYNCCALL, MEASURES
};

/* Medians, in nanoseconds. */
struct row {
	struct subject of;
	int measure, runs;
	long time, floor;
};

/* In shared memory: each subject is measured by a process of its own. */
extern struct table {
	int count;
	struct row row[1024];
} *table;

extern const char *const measure_names[MEASURES];

int table_begin(void);			/* prints the heading; 0 or an error */
long median(long *sample, int n);	/* sorts */

/* Adds a row for the subject, and prints it. */
void table_add(int measure, int n, long *times, long *floors);
int complain(const char *object, const char *reason);	/* 1 */
int complain_error(const char *what, int error);	/* of the subject; 1 */

/* Draws the table into an SVG file.  0 or an error (bench_plot.c). */
int plot(const char *path);

/* ---- Workers (bench_work.c) -------------------------------------------------- */

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

/* Starts the subject's.  0 or an error. */
int workers_start(void);

/* Of one duplication, in nanoseconds from its begin. */
struct times {
	long call;		/* until the caller is back */
	long pause;		/* waiting workers: until the last one runs again;
				 * spinning: the longest gap that one sees */
};

/* Measures one duplication of the process.  make_copy() returns a pid, an error,
 * or 0 in a copy; there every thread that runs again calls worker_ran(), those of
 * the library by themselves.  A dormant copy is killed. */
int measure_copy(int (*make_copy)(void), int dormant, struct times *times);
void worker_ran(void);

/* Of waiting workers alone: both times are those of clock_now(), just before a stop
 * and when the last of them ran again after it. */
long workers_watch(void);
long workers_ran(void);

/* ---- Measures ---------------------------------------------------------------- */

/* In the process that has the workers: forkall(), snapshot() and synccall()
 * (bench_calls.c); checkpoint() (bench_image.c).  0 or an error. */
int measure_calls(void);
int measure_checkpoint(void);

/* In the small one, of the image that measure_checkpoint() has left behind
 * (bench_restart.c).  What restart prints before it runs: see main(). */
int measure_restart(void);
_Noreturn void report_restart(void);

extern char image_path[PATH_ROOM], plain_path[PATH_ROOM];
long kernel_now(void);
long image_size(void);			/* or an error */

/* ---- Floors: bare loops of the same system calls ------------------------------- */

int floor_forkall(void);		/* bench_floor.c */
int floor_snapshot(void);
int floor_synccall(void (*callback)(void *), void *argument);
int floor_checkpoint(long size);	/* into plain_path */
int musl_synccall(void (*callback)(void *), void *argument);	/* bench_musl.c */
_Noreturn void floor_restart(const char *path, const char *threads);

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
	futex_wake(word, INT_MAX);
}

#endif
