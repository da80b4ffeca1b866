/* Case 14: a stop, or a fork, at every single instruction of a system call
 * made through the library: before the call, when it has returned, and when an
 * earlier stop has interrupted it and it is about to be made again.  The
 * result is right each time, in P and in the copy.  Another process steps the
 * thread by ptrace(). */
#include "blocked.h"
#include "proc.h"
#include "one_processor.h"
#include <linux/ptrace.h>

extern char restartable_call[], call_again_end[];

enum call { CALL_SHORT, CALL_SLEEP, CALL_READ, CALL_POLL, CALLS };
enum order { FORGED, STOP, FORK, ORDERS };	/* FORGED: only a signal */

/* In the memory of both processes. */
static struct { int tid, stopping; } *shared;
static int go[2], orders[2], done[2], ends[2], file;

/* ---- The stepped process ------------------------------------------------ */

static long make(enum call call)
{
	struct pollfd end = { .fd = ends[0], .events = POLLIN };
	struct timespec time = { 0, 1000 };
	struct { void *base; size_t size; } part;
	char text[8] = "";

	switch (call) {
	case CALL_SHORT:
		part.base = text;
		part.size = sizeof text;
		CHECK_EQUAL(system_call(__NR_preadv2, file, &part, 1, 2, 0, 0),
			    3);
		return strcmp(text, "cde") == 0;
	case CALL_SLEEP:
		return system_call(__NR_nanosleep, &time, NULL) + 1;
	case CALL_READ:
		return system_call(__NR_read, ends[0], text, 1);
	default:
		return system_call(__NR_ppoll, &end, 1, NULL, NULL);
	}
}

/* Makes the call between two signals, which the tracer takes away. */
static void *stepped(void *call)
{
	int pid = (int)sys(getpid), tid = (int)sys(gettid);
	char c;

	store(&shared->tid, tid);
	sys(read, go[0], &c, 1);
	sys(tgkill, pid, tid, SIGUSR2);
	CHECK_EQUAL(make((enum call)(long)call), 1);
	if (pid == sys(getpid))
		sys(tgkill, pid, tid, SIGUSR2);
	return NULL;
}

/* Does to the thread what the tracer orders. */
static _Noreturn void run_stepped(enum call call)
{
	struct thread *thread = spawn(stepped, (void *)(long)call);
	char what;

	for (;;) {
		CHECK_EQUAL(system_call(__NR_read, orders[0], &what, 1), 1);
		if (what == ORDERS)
			break;
		store(&shared->stopping, 1);
		stop_once(what == FORK);
		if (blocked.is_copy)
			break;
		tell(done);
	}
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	if (blocked.copies)
		reap(blocked.pids[0]);
	process_exit(0);
}

/* ---- The tracer --------------------------------------------------------- */

static struct {
	int pid, tid;			/* traced */
	int mode, signal;		/* how it goes on */
	unsigned long sp;		/* inside the stub, 0: not known */
	int in_stub;
	int interrupt;			/* in the call, before the order */
	int released;			/* it has what the call waits for */
	int countdown;			/* instructions up to the order */
	int ordered;
	enum order order;
} t;

static long trace(long request, long address, long data)
{
	return system_call(__NR_ptrace, request, t.tid, address, data);
}

static char state_of(int tid)
{
	char path[48];

	format(path, sizeof path, "/proc/%d/task/%d/status", t.pid, tid);
	return proc_state(path);
}

static void give_order(char what)
{
	CHECK_EQUAL(system_call(__NR_write, orders[1], &what, 1), 1);
}

/* It sleeps in the call. */
static void blocks(void)
{
	if (t.interrupt)
		CHECK_EQUAL(system_call(__NR_tgkill, t.pid, t.tid, SIGSYNCCALL),
			    0);
	else if (!t.released) {
		tell(ends);
		tell(ends);		/* for a copy */
		t.released = 1;
	}
	t.interrupt = 0;
}

/* Lets the thread go on until something happens; returns the signal. */
static int next_event(void)
{
	int status = 0;

	CHECK_EQUAL(trace(t.mode, 0, t.signal), 0);
	t.signal = 0;
	while (!system_call(__NR_wait4, t.tid, &status, t.in_stub ?
			    __WALL | WNOHANG : __WALL, NULL))
		if (state_of(t.tid) == 'S')
			blocks();
	CHECK_EQUAL(status & 0xff, 0x7f);
	return status >> 8;
}

/* Where it is.  What runs in a handler has another stack pointer. */
static int is_in_stub(void)
{
	struct ptrace_syscall_info info = { 0 };
	unsigned long pc;

	CHECK(trace(PTRACE_GET_SYSCALL_INFO, sizeof info, (long)&info) > 0);
	pc = info.instruction_pointer;
	if (pc < (unsigned long)restartable_call ||
	    pc > (unsigned long)call_again_end)
		return 0;
	if (!t.sp)
		t.sp = info.stack_pointer;
	return t.sp == info.stack_pointer;
}

/* The stop signal is there when its sender waits. */
static void stop_it(void)
{
	t.ordered = 1;
	if (t.order == FORGED) {
		t.signal = SIGSYNCCALL;
		t.mode = PTRACE_SYSCALL;
		t.in_stub = 0;
		return;
	}
	store(&shared->stopping, 0);
	give_order((char)t.order);
	while (!load(&shared->stopping) || state_of(t.pid) != 'S')
		system_call(__NR_sched_yield);
}

static void start_stepped(enum call call)
{
	open_pipe(ends);
	store(&shared->tid, 0);
	t.pid = fork1();
	CHECK(t.pid >= 0);
	if (t.pid == 0)
		run_stepped(call);
	while (!load(&shared->tid))
		system_call(__NR_sched_yield);
	t.tid = load(&shared->tid);
	if (trace(PTRACE_SEIZE, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
		skip("no permission to trace");
	t.mode = PTRACE_CONT;
	tell(go);
}

/* Steps through the call.  Out of a handler it comes back by a system call. */
static void step(void)
{
	int signal;

	t.mode = PTRACE_SINGLESTEP;
	while ((signal = next_event()) != SIGUSR2) {
		if (signal == SIGCHLD)		/* a copy has ended */
			continue;
		if (signal == SIGSYNCCALL) {
			t.signal = SIGSYNCCALL;
			t.mode = PTRACE_SYSCALL;
			t.in_stub = 0;
			continue;
		}
		CHECK_EQUAL(signal & 0x7f, SIGTRAP);
		t.in_stub = is_in_stub();
		if (!t.in_stub)
			continue;
		t.mode = PTRACE_SINGLESTEP;
		if (!t.interrupt && !t.ordered && t.countdown-- == 0)
			stop_it();
	}
}

/* One call with an order at one instruction; 0 if there are not so many. */
static int run(enum call call, int interrupt, enum order order, int instruction)
{
	int status;

	memset(&t, 0, sizeof t);
	t.order = order;
	t.interrupt = interrupt;
	t.countdown = instruction;
	start_stepped(call);
	CHECK_EQUAL(system_call(__NR_wait4, t.tid, &status, __WALL, NULL),
		    t.tid);
	CHECK_EQUAL(status, SIGUSR2 << 8 | 0x7f);
	step();
	CHECK_EQUAL(trace(PTRACE_DETACH, 0, 0), 0);
	if (t.ordered && order != FORGED)
		hear(done);
	give_order(ORDERS);
	reap(t.pid);
	system_call(__NR_close, ends[0]);
	system_call(__NR_close, ends[1]);
	return t.ordered;
}

/* Each order at each instruction; there must be some. */
static void test(enum call call, int interrupt)
{
	int i;

	for (int order = 0; order < ORDERS; order++) {
		for (i = 0; run(call, interrupt, (enum order)order, i); i++)
			;
		CHECK(i >= (interrupt ? 3 : 8));
	}
}

int main(void)
{
	use_one_processor();
	shared = memory_shared(sizeof *shared);
	open_pipe(go);
	open_pipe(orders);
	open_pipe(done);
	file = (int)system_call(__NR_memfd_create, "five letters", 0);
	CHECK_EQUAL(system_call(__NR_write, file, "abcde", 5), 5);
	for (int call = 0; call < CALLS; call++) {
		test((enum call)call, 0);
		if (call >= CALL_READ)
			test((enum call)call, 1);
	}
	return 0;
}
