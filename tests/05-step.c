/* Case 5: a restart at every single instruction of a wait with a deadline, up to
 * the moment when it sleeps.  The restart makes the deadline pass as the program
 * counts; if one computed before the restart reached the kernel, the thread
 * would sleep for hours.  Another process steps the thread by ptrace(), and the
 * restart is a copy with another offset, as in 05-restarted.  (A semaphore or
 * lock cannot be stepped: on aarch64 no atomic addition ever succeeds then.) */
#include "deadline.h"
#include "proc.h"
#include "one_processor.h"
#include <linux/ptrace.h>

#define HOURS   (10 * 3600 * SECOND)
#define BRIEFLY (10 * SECOND)		/* but for a busy machine */

enum kind { FUTEX, SLEEP, SLEEP_UNTIL, FUTEX_UNTIL, WAITS };

/* In the memory of both processes. */
static struct { int tid, stopping; } *shared;
static int go[2], orders[2], done[2];

/* ---- The stepped process ------------------------------------------------ */

static int woken;			/* futex */

static void first_task(void *unused)
{
	(void)unused;
	respawn_check();
	clock_offset += HOURS;
	respawn_threads();
}

static long wait_until(enum kind kind, struct timespec *deadline)
{
	switch (kind) {
	case FUTEX:
		return wait_futex(FUTEX_WAIT_BITSET_PRIVATE, deadline);
	case SLEEP:
		return system_call(__NR_clock_nanosleep, CLOCK_MONOTONIC,
				   TIMER_ABSTIME, deadline, NULL);
	case SLEEP_UNTIL:
		return sleep_until(deadline);
	default:
		return futex_wait_until(&objects.word, 0, deadline);
	}
}

/* Waits behind a signal, which the tracer takes away. */
static void *stepped(void *kind)
{
	int pid = (int)sys(getpid), tid = (int)sys(gettid);
	struct timespec deadline = at(clock_now() + HOURS);
	char c;

	store(&shared->tid, tid);
	sys(read, go[0], &c, 1);
	sys(tgkill, pid, tid, SIGUSR2);
	wait_until((enum kind)(long)kind, &deadline);
	store(&woken, 1);
	futex_wake(&woken, 1);
	return NULL;
}

/* In a copy, which is not traced. */
static _Noreturn void await_woken(void)
{
	struct timespec time = at(BRIEFLY);

	while (!load(&woken))
		CHECK(sys(futex, &woken, FUTEX_WAIT_PRIVATE, 0, &time) !=
		      -ETIMEDOUT);
	process_exit(0);
}

/* Restarts for each order, until there are no more. */
static _Noreturn void run_stepped(enum kind kind)
{
	char what;
	int pid;

	spawn(stepped, (void *)(long)kind);
	while (sys(read, orders[0], &what, 1) == 1 && what == 'r') {
		store(&shared->stopping, 1);
		pid = duplicate(&(struct duplication){
			.stop = STOP_DUPLICATE, .exit_signal = SIGCHLD,
			.first_task = first_task,
		});
		CHECK(pid >= 0);
		if (pid == 0)
			await_woken();
		reap(pid);
		tell(done);
	}
	process_exit(0);		/* the thread still waits */
}

/* ---- The tracer --------------------------------------------------------- */

static int traced_pid, traced_tid;

static long trace(long request, long address, long data)
{
	return system_call(__NR_ptrace, request, traced_tid, address, data);
}

static char state_of(int tid)
{
	char path[48];

	format(path, sizeof path, "/proc/%d/task/%d/status", traced_pid, tid);
	return proc_state(path);
}

/* Lets the thread go on until something happens; returns the signal, or 0 if it
 * sleeps instead. */
static int next_event(int mode, int signal)
{
	int status = 0;

	CHECK_EQUAL(trace(mode, 0, signal), 0);
	while (!system_call(__NR_wait4, traced_tid, &status,
			    mode == PTRACE_SINGLESTEP ? __WALL | WNOHANG :
							__WALL, NULL))
		if (state_of(traced_tid) == 'S')
			return 0;
	CHECK_EQUAL(status & 0xff, 0x7f);
	return status >> 8;
}

static int is_at_signal_return(void)
{
	struct ptrace_syscall_info info = { 0 };

	CHECK(trace(PTRACE_GET_SYSCALL_INFO, sizeof info, (long)&info) > 0);
	return info.op == PTRACE_SYSCALL_INFO_ENTRY &&
	       info.entry.nr == __NR_rt_sigreturn;
}

static void give_order(char what)
{
	CHECK_EQUAL(system_call(__NR_write, orders[1], &what, 1), 1);
}

/* Has the process restarted where the thread stands, which goes through the
 * stop's handler and comes back. */
static void restart(void)
{
	int signal;

	store(&shared->stopping, 0);
	give_order('r');
	/* The stop signal is there when its sender waits. */
	while (!load(&shared->stopping) || state_of(traced_pid) != 'S')
		system_call(__NR_sched_yield);
	while ((signal = next_event(PTRACE_SINGLESTEP, 0)) != SIGSYNCCALL)
		CHECK_EQUAL(signal, SIGTRAP);
	CHECK_EQUAL(next_event(PTRACE_SYSCALL, SIGSYNCCALL), SIGTRAP | 0x80);
	while (!is_at_signal_return())
		CHECK_EQUAL(next_event(PTRACE_SYSCALL, 0), SIGTRAP | 0x80);
	CHECK_EQUAL(next_event(PTRACE_SYSCALL, 0), SIGTRAP | 0x80);
	hear(done);
}

static void test(enum kind kind)
{
	int status, count = 0;

	traced_pid = fork1();
	CHECK(traced_pid >= 0);
	if (traced_pid == 0)
		run_stepped(kind);
	while (!(traced_tid = load(&shared->tid)))
		system_call(__NR_sched_yield);
	shared->tid = 0;
	if (trace(PTRACE_SEIZE, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
		skip("no permission to trace");
	tell(go);
	CHECK_EQUAL(system_call(__NR_wait4, traced_tid, &status, __WALL, NULL),
		    traced_tid);
	CHECK_EQUAL(status, SIGUSR2 << 8 | 0x7f);
	while ((status = next_event(PTRACE_SINGLESTEP, 0)) == SIGTRAP) {
		restart();
		count++;
	}
	CHECK_EQUAL(status, 0);
	CHECK(count >= 20);
	print("kind %d: %d instructions\n", kind, count);
	give_order('x');
	reap(traced_tid);
	reap(traced_pid);
}

int main(void)
{
	use_one_processor();
	shared = memory_shared(sizeof *shared);
	open_pipe(go);
	open_pipe(orders);
	open_pipe(done);
	for (int kind = 0; kind < WAITS; kind++)
		test((enum kind)kind);
	return 0;
}
