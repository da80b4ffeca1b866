/* The floor of forkall(): the system calls that duplicating a process with its
 * threads needs whatever a library does besides, in a bare loop.  A signal to
 * each thread, whose handler waits in a futex; one fork; one wake.  In the copy
 * one clone for each thread, on the same stack, and one wake when the last has
 * come.  The copies of the threads have no state: they only count themselves. */
#include "bench.h"

#define SIGFLOOR 40

static struct {
	int pending;			/* futex: not yet in the handler */
	int gate;			/* futex: changes when the stop ends */
	int missing;			/* copies that do not exist yet */
	int cleared;			/* as the list lock in a TCB */
	int report[2];			/* pipe */
} bare;

static void report_done(void)
{
	char done = 1;

	sys(write, bare.report[1], &done, 1);
	sys(close, bare.report[1]);
}

static void arrive(int gate)
{
	if (add(&bare.missing, -1) == 0) {
		report_done();
		change_and_wake(&bare.gate);
	} else {
		await_change(&bare.gate, gate);
	}
}

/* What a thread of the copy does. */
static void bare_thread(void *unused)
{
	(void)unused;
	arrive(load(&bare.gate));
	worker_ran();
	exit_task();
}

/* The word pair is the top of the stack that clone_stack() wants. */
static void parked(int signal)
{
	int gate = load(&bare.gate);
	unsigned long start[8] __attribute__((aligned(16)));

	(void)signal;
	start[0] = (unsigned long)bare_thread;
	start[1] = 0;
	worker_self->start = start;
	if (add(&bare.pending, -1) == 0)
		futex_wake(&bare.pending, 1);
	await_change(&bare.gate, gate);
}

static void prepare(void)
{
	struct kernel_action action = {
		.handler = (void *)parked,
		.flags = SA_RESTART,
		.mask = ALL_SIGNALS,
	};
	static int prepared;

	if (!prepared++)
		kernel_action(SIGFLOOR, &action, NULL);
}

static void make_threads(void)
{
	int gate = load(&bare.gate);

	sys(close, bare.report[0]);
	store(&bare.missing, worker_count + 1);
	for (int i = 0; i < worker_count; i++)
		if (clone_stack(THREAD_FLAGS, workers[i]->start,
				&workers[i]->tid, &bare.cleared,
				workers[i]->thread->tp) < 0)
			exit_group(1);
	arrive(gate);
}

/* A copy that failed leaves the pipe without a byte. */
static int await_copy(int pid)
{
	char done = 0;

	while (sys(read, bare.report[0], &done, 1) == -EINTR)
		;
	sys(close, bare.report[0]);
	return done ? pid : -ECANCELED;
}

int floor_forkall(void)
{
	int pid, r;

	prepare();
	r = (int)sys(pipe2, bare.report, O_CLOEXEC);
	if (r < 0)
		return r;
	store(&bare.pending, worker_count);
	for (int i = 0; i < worker_count; i++)
		send_signal(workers[i]->tid, SIGFLOOR);
	await_zero(&bare.pending);
	pid = (int)sys(clone, SIGCHLD, 0, NULL, NULL, NULL);
	if (pid == 0) {
		make_threads();
		return 0;
	}
	sys(close, bare.report[1]);
	change_and_wake(&bare.gate);
	return await_copy(pid);
}
