/* The workers, and how a duplication is timed with their help.
 *
 * A worker that waits in a futex would sleep on after a stop, and nobody could
 * tell when it was let go.  So the futex word is changed, without a wake, just
 * before the stop: whoever is let go enters the futex again, finds the word
 * changed, runs and counts itself, in the original and in the copy.  A spinning
 * worker knows a copy by a page that the kernel empties there. */
#include "bench.h"

#define SPINS       5000			/* looks between two yields */
#define SMALL_STACK (32 << 10)

struct worker *workers[WORKERS_MAX];
int worker_count;
_Thread_local struct worker *worker_self;

static int bell;			/* futex: what waiting workers wait on */
static int never;			/* futex: never changes */
static int not_run;			/* futex: workers that are still stopped */
static long last_ran;			/* when it became 0 */
static long largest_gap;		/* that the first worker has seen */
static int beat;			/* counts its looks at the clock */

static volatile int *original;		/* 1; 0 in a copy */

void worker_ran(void)
{
	if (add(&not_run, -1) == 0) {
		last_ran = clock_now();
		futex_wake(&not_run, 1);
	}
}

/* A spinning worker gives way every few microseconds.  Without, it would keep
 * its processor for a tick of the scheduler, and with hundreds of workers that
 * tick would be all that is measured.  The first one looks at the clock. */
static void spin(int is_first)
{
	long now, before = clock_now();

	while (*original) {
		for (int i = 0; i < SPINS; i++)
			if (!*original)
				break;
		sys(sched_yield);
		if (!is_first)
			continue;
		now = clock_now();
		if (now - before > load(&largest_gap))
			store(&largest_gap, now - before);
		before = now;
		add(&beat, 1);
	}
	worker_ran();
	await_change(&never, 0);
}

static void *work(void *number)
{
	struct worker self = { thread_self(), NULL, 0 };
	int heard = load(&bell);

	self.tid = thread_tid(self.thread);
	worker_self = workers[(long)number] = &self;
	worker_ran();
	if (subject.spin)
		spin(number == 0);
	for (; !subject.spin; heard++) {
		await_change(&bell, heard);
		worker_ran();
	}
	return NULL;
}

int workers_start(void)
{
	struct thread_attr attr = { .stack_size = SMALL_STACK };
	struct thread *thread;
	int r;

	original = (int *)sys(mmap, NULL, page_size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sys(madvise, original, page_size, MADV_WIPEONFORK);
	*original = 1;
	store(&not_run, subject.threads);
	for (worker_count = 0; worker_count < subject.threads; worker_count++) {
		r = thread_create(&thread, &attr, work,
				  (void *)(long)worker_count);
		if (r < 0)
			return r;
	}
	await_zero(&not_run);
	sleep_for(MILLISECOND);
	return 0;
}

/* Waits until the first worker, which may not have run yet, has seen its gap. */
static long await_gap(void)
{
	int seen = load(&beat);

	while (load(&beat) - seen < 2)
		sleep_for(MILLISECOND / 10);
	return load(&largest_gap);
}

long workers_watch(void)
{
	long begin;

	store(&not_run, worker_count);
	begin = clock_now();
	if (!subject.spin)
		add(&bell, 1);
	return begin;
}

long workers_ran(void)
{
	await_zero(&not_run);
	return last_ran;
}

int measure_copy(int (*make_copy)(void), int dormant, struct times *times)
{
	long begin;
	int pid;

	store(&largest_gap, 0);
	begin = workers_watch();
	pid = make_copy();
	if (pid == 0) {
		workers_ran();
		process_exit(0);
	}
	times->call = clock_now() - begin;
	if (!subject.spin)
		await_zero(&not_run);
	if (pid < 0)
		return pid;
	times->pause = subject.spin ? await_gap() : last_ran - begin;
	if (dormant)
		sys(kill, pid, SIGKILL);
	sys(wait4, pid, NULL, __WALL, NULL);
	/* Until the workers sleep again. */
	sleep_for(MILLISECOND);
	return 0;
}
