/* The floors of forkall(), snapshot(), checkpoint() and synccall(): the system calls
 * that each needs whatever a library does besides, in a bare loop.  A signal to
 * each thread, whose handler waits in a futex; one wake; between them a fork, or a
 * callback.  In the copy one clone for each thread, on the same stack, and one
 * wake when the last has come; or nothing; or a loop that writes a file.  The
 * copies of the threads have no state: they only count themselves. */
#include "bench.h"

#define SIGFLOOR 40

static struct {
	int pending;			/* futex: not yet in the handler */
	int gate;			/* futex: changes when the stop ends */
	int missing;			/* copies that do not exist yet */
	int cleared;			/* as the list lock in a TCB */
	int report[2];			/* pipe */
	void (*callback)(void *);	/* of synccall(), or NULL */
	void *argument;
	int begin;			/* futex: changes when callbacks may run */
	int calling;			/* futex: callbacks that have not run */
	int lock;
} bare;

static long file_size;

/* ---- The stop ---------------------------------------------------------------- */

static void call(void)
{
	while (swap(&bare.lock, 1))
		sys(sched_yield);
	bare.callback(bare.argument);
	store(&bare.lock, 0);
	if (add(&bare.calling, -1) == 0)
		change_and_wake(&bare.gate);
}

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
	int gate = load(&bare.gate), begin = load(&bare.begin);
	unsigned long start[8] __attribute__((aligned(16)));

	(void)signal;
	start[0] = (unsigned long)bare_thread;
	start[1] = 0;
	worker_self->start = start;
	if (add(&bare.pending, -1) == 0)
		futex_wake(&bare.pending, 1);
	if (bare.callback) {
		await_change(&bare.begin, begin);
		call();
	}
	await_change(&bare.gate, gate);
}

static void stop_workers(void (*callback)(void *), void *argument)
{
	struct kernel_action action = {
		.handler = (void *)parked,
		.flags = SA_RESTART,
		.mask = ALL_SIGNALS,
	};
	static int prepared;

	if (!prepared++)
		kernel_action(SIGFLOOR, &action, NULL);
	bare.callback = callback;
	bare.argument = argument;
	store(&bare.pending, worker_count);
	for (int i = 0; i < worker_count; i++)
		send_signal(workers[i]->tid, SIGFLOOR);
	await_zero(&bare.pending);
}

int floor_synccall(void (*callback)(void *), void *argument)
{
	int gate = load(&bare.gate);

	stop_workers(callback, argument);
	store(&bare.calling, worker_count + 1);
	change_and_wake(&bare.begin);
	call();
	await_change(&bare.gate, gate);
	return 0;
}

/* ---- Copies ------------------------------------------------------------------ */

static void make_threads(void)
{
	int gate = load(&bare.gate);

	store(&bare.missing, worker_count + 1);
	for (int i = 0; i < worker_count; i++)
		if (clone_stack(THREAD_FLAGS, workers[i]->start,
				&workers[i]->tid, &bare.cleared,
				workers[i]->thread->tp) < 0)
			exit_group(1);
	arrive(gate);
}

static void sleep_for_ever(void)
{
	report_done();
	for (;;)
		sys(ppoll, NULL, 0, NULL, NULL, 0);
}

/* The copy's memory, or if it has hardly any, the program's code. */
static int write_all(int fd)
{
	extern const char __executable_start[], _etext[];
	const char *from = memory ? (char *)memory : __executable_start;
	size_t size = memory ? (size_t)subject.mib * MIB :
		      (size_t)(_etext - __executable_start), at, n;
	long r;

	for (long done = 0; done < file_size; done += r) {
		at = (size_t)done % size;
		n = size - at < MIB ? size - at : MIB;
		if (n > (size_t)(file_size - done))
			n = (size_t)(file_size - done);
		r = sys(write, fd, from + at, n);
		if (r <= 0)
			return (int)r;
	}
	return 1;
}

/* Under another name first, and then also the new name is put on the disk. */
static void write_plain(void)
{
	char name[PATH_ROOM + 8];
	int fd;

	format(name, sizeof name, "%s.tmp", plain_path);
	fd = (int)sys(openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_CLOEXEC,
		      0600);
	if (write_all(fd) <= 0 || sys(fsync, fd) < 0 ||
	    sys(renameat2, AT_FDCWD, name, AT_FDCWD, plain_path, 0) < 0)
		exit_group(1);
	for (size_t n = strlen(name); n && name[n] != '/'; n--)
		name[n] = 0;
	fd = (int)sys(openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC);
	if (sys(fsync, fd) == 0)
		report_done();
	exit_group(0);
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

static int copy_bare(void (*in_copy)(void))
{
	int pid, r = (int)sys(pipe2, bare.report, O_CLOEXEC);

	if (r < 0)
		return r;
	stop_workers(NULL, NULL);
	pid = (int)sys(clone, SIGCHLD, 0, NULL, NULL, NULL);
	if (pid == 0) {
		sys(close, bare.report[0]);
		in_copy();
		return 0;
	}
	sys(close, bare.report[1]);
	change_and_wake(&bare.gate);
	return await_copy(pid);
}

int floor_forkall(void)
{
	return copy_bare(make_threads);
}

int floor_snapshot(void)
{
	return copy_bare(sleep_for_ever);
}

int floor_checkpoint(long size)
{
	int r;

	file_size = size;
	r = copy_bare(write_plain);
	if (r > 0)
		sys(wait4, r, NULL, __WALL, NULL);
	return r < 0 ? r : 0;
}
