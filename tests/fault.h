/* A program under a tracer that makes its system calls fail, one in each run, or
 * kills a process between two of them.  Which calls there are is seen, not
 * known: each task's are counted while the program says that it is at work.  The
 * tracer follows all threads and all processes that come from the program. */
#ifndef FAULT_H
#define FAULT_H

#include "crew.h"
#include "proc.h"
#include "tracee.h"
#include <linux/futex.h>

#define FAULT_TASKS 32
#define FAULT_CALLS 4096
#define SURE         -1			/* a call that cannot fail */
#define SECONDS_EACH 20			/* a run that takes longer hangs */

/* In the memory of the program, its copies and the tracer. */
static struct fault_shared {
	int armed[2];			/* at work: the program; its copies */
	int finished;			/* the program, with this run */
	int result;			/* of its work */
	int killed;			/* a process may have been, in this run */
	int stop;			/* no more runs */
} *shared;

/* What is to happen: at call number call (from 1) of a task (from 0, in the order
 * in which they were made). */
static struct fault {
	int task, call;			/* call 0: nothing */
	int error;			/* what it fails with; 0: SIGKILL */
	int at_exit;			/* the kill comes when it has returned */
	int done;			/* it has happened */
} fault;

static struct fault_task {
	int tid;
	int number;			/* -1: its creator's event is to come */
	int held;			/* till then */
	int copy;			/* of a process that is not the program */
	int calls, counted, failing;
} fault_tasks[FAULT_TASKS];

static struct {
	int program;			/* pid */
	int status;			/* how it has ended, or -1 */
	int alive, own, next;		/* tasks; the program's; next number */
	short seen[FAULT_TASKS][FAULT_CALLS];	/* number of each call */
	int calls[FAULT_TASKS];		/* how many there were */
	int copy[FAULT_TASKS];
	int go[2];
	int (*is_usual)(long call, int error);	/* no fault but an answer */
	int runs, hits;
	long end;			/* of the time for all of it */
	unsigned long seed;
} faults;

static const int fault_errors[] = {
	EAGAIN, ENOMEM, EPERM, EMFILE, EINTR, EIO, EINVAL, ENOSPC, ENOSYS, ENFILE,
};
#define FAULT_ERRORS (int)(sizeof fault_errors / sizeof *fault_errors)

/* ---- In the program ----------------------------------------------------- */

static inline void fault_arm(void)
{
	store(&shared->armed[1], 1);
	store(&shared->armed[0], 1);
}

static inline void fault_disarm(int in_copy)
{
	store(&shared->armed[!!in_copy], 0);
}

/* Does its work once for each word of the tracer's. */
static inline void fault_serve(void (*work)(void))
{
	for (;;) {
		store(&shared->finished, 1);
		hear(faults.go);
		if (shared->stop)
			break;
		work();
	}
}

/* ---- Tasks -------------------------------------------------------------- */

static inline struct fault_task *fault_task(int tid)
{
	struct fault_task *t, *unused = NULL;

	for (t = fault_tasks; t < fault_tasks + FAULT_TASKS; t++) {
		if (t->tid == tid)
			return t;
		if (!t->tid && !unused)
			unused = t;
	}
	CHECK(unused);
	*unused = (struct fault_task){ .tid = tid, .number = -1 };
	faults.alive++;
	return unused;
}

/* It may have been killed meanwhile. */
static inline void fault_resume(const struct fault_task *t, int signal)
{
	long r = ptrace(PTRACE_SYSCALL, t->tid, signal);

	CHECK(r == 0 || r == -ESRCH);
}

static inline void fault_new_task(int creator)
{
	unsigned long tid = 0;
	struct fault_task *t;
	char path[48];

	if (system_call(__NR_ptrace, PTRACE_GETEVENTMSG, creator, 0L, &tid) < 0)
		return;
	t = fault_task((int)tid);
	format(path, sizeof path, "/proc/%d/task/%d", faults.program, t->tid);
	t->copy = system_call(__NR_faccessat, AT_FDCWD, path, 0) < 0;
	t->number = faults.next++;
	CHECK(t->number < FAULT_TASKS);
	faults.copy[t->number] = t->copy;
	if (t->held)
		fault_resume(t, 0);
	t->held = 0;
}

/* ---- Calls -------------------------------------------------------------- */

/* What cannot fail, given arguments that are good; all else can, with whatever
 * error, be it the kernel's or that of a filter of system calls. */
static inline int is_plausible(long call, int error)
{
	static const short never[] = {
		__NR_exit, __NR_exit_group, __NR_rt_sigreturn, __NR_getpid,
		__NR_getppid, __NR_gettid, __NR_getuid, __NR_getgid,
		__NR_sched_yield, __NR_set_tid_address, __NR_umask, __NR_brk,
		__NR_rt_sigprocmask, __NR_restart_syscall,
	};

	if (call == SURE || (faults.is_usual && faults.is_usual(call, error)))
		return 0;
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (call == never[i])
			return 0;
	/* To one of the process's own threads, or to who waits for it. */
	if (call == __NR_tgkill || call == __NR_rt_tgsigqueueinfo)
		return error == EAGAIN;
	if (call == __NR_wait4)			/* for one's own child */
		return error == EINTR;
	return 1;
}

static inline void fault_kill(struct fault_task *t)
{
	system_call(__NR_kill, t->tid, SIGKILL);
	fault.done = 1;
}

static inline int is_fault(const struct fault_task *t)
{
	return t->number == fault.task && t->calls == fault.call;
}

static inline void fault_entry(struct fault_task *t,
			       const struct ptrace_syscall_info *info)
{
	long call = (long)info->entry.nr;

	if (call == __NR_futex &&
	    (info->entry.args[1] & FUTEX_CMD_MASK) == FUTEX_WAKE)
		call = SURE;
	t->counted = load(&shared->armed[t->copy]);
	if (!t->counted)
		return;
	t->calls++;
	CHECK(t->calls < FAULT_CALLS);
	faults.seen[t->number][t->calls] = (short)call;
	if (faults.calls[t->number] < t->calls)
		faults.calls[t->number] = t->calls;
	if (!is_fault(t))
		return;
	if (!fault.error) {
		if (!fault.at_exit)
			fault_kill(t);
		return;
	}
	if (!is_plausible(call, fault.error))
		return;
	t->failing = fault.done = 1;
	if (call != __NR_close)			/* that closes even so */
		tracee_skip(t->tid);
}

static inline void fault_exit(struct fault_task *t)
{
	if (t->failing)
		tracee_result(t->tid, -fault.error);
	else if (t->counted && is_fault(t) && !fault.error && fault.at_exit)
		fault_kill(t);
	t->failing = t->counted = 0;
}

static inline void fault_call(struct fault_task *t)
{
	struct ptrace_syscall_info info = { 0 };

	if (system_call(__NR_ptrace, PTRACE_GET_SYSCALL_INFO, t->tid,
			sizeof info, &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		fault_entry(t, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		fault_exit(t);
}

/* ---- One run ------------------------------------------------------------ */

static inline void fault_say(const char *what)
{
	long call = faults.seen[fault.task][fault.call];

	eprint("%s: task %d, call %d (number %ld), %s %d\n", what, fault.task,
	       fault.call, call, fault.error ? "error" : fault.at_exit ?
	       "killed at its end" : "killed at its begin", fault.error);
}

static inline void fault_hangs(int signal)
{
	(void)signal;
	fault_say("hangs");
	process_exit(FAILED);
}

/* Of something that has happened to a task; returns whether that may go on. */
static inline int fault_event(struct fault_task *t, int status)
{
	int event = STOP_EVENT(status);

	if (!STOPPED(status)) {
		if (t->tid == faults.program)
			faults.status = status;
		if (t->tid == faults.program && faults.own && status) {
			fault_say("ends the program");
			process_exit(FAILED);
		}
		t->tid = 0;
		faults.alive--;
		return 0;
	}
	if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK)
		fault_new_task(t->tid);
	if (event == PTRACE_EVENT_STOP && t->number < 0) {
		t->held = 1;
		return 0;
	}
	if (STOP_SIGNAL(status) == SYSCALL_STOP && !event)
		fault_call(t);
	return 1;
}

/* Until the program is ready for the next run, or has ended, and nobody else is
 * left.  It is then stopped before its next system call. */
static inline void fault_follow(void)
{
	int status, signal, ready = 0;
	struct fault_task *t;
	long tid;

	for (;;) {
		if (faults.alive == (faults.status < 0 ? faults.own : 0) &&
		    (ready || faults.status >= 0))
			return;
		tid = system_call(__NR_wait4, -1, &status, __WALL, 0L);
		CHECK(tid > 0);
		t = fault_task((int)tid);
		if (!fault_event(t, status))
			continue;
		signal = STOP_SIGNAL(status);
		if (t->tid == faults.program && signal == SYSCALL_STOP &&
		    load(&shared->finished))
			ready = 1;
		else
			fault_resume(t, STOP_EVENT(status) ||
				     signal == SYSCALL_STOP ? 0 : signal);
	}
}

static inline void fault_alarm(int seconds)
{
	struct { struct __kernel_old_timeval interval, value; } timer = {
		{ 0, 0 }, { seconds, 0 }
	};

	system_call(__NR_setitimer, 0 /* ITIMER_REAL */, &timer, NULL);
}

/* Takes a program under its eyes that is about to work, or, if it serves, to
 * wait for the word. */
static inline void fault_trace(int pid)
{
	memset(fault_tasks, 0, sizeof fault_tasks);
	faults.program = pid;
	faults.status = -1;
	faults.alive = faults.next = 0;
	fault_task(pid)->number = faults.next++;
	if (ptrace(PTRACE_SEIZE, pid, PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0) {
		system_call(__NR_kill, pid, SIGKILL);
		reap_all();
		skip("may not trace");
	}
	CHECK_EQUAL(ptrace(PTRACE_INTERRUPT, pid, 0), 0);
}

/* One run of a program that serves. */
static inline void fault_run(void)
{
	struct fault_task *t;

	for (t = fault_tasks; t < fault_tasks + FAULT_TASKS; t++)
		t->calls = 0;
	faults.next = faults.own;
	store(&shared->finished, 0);
	fault_alarm(SECONDS_EACH);
	tell(faults.go);
	fault_resume(fault_task(faults.program), 0);
	fault_follow();
	fault_alarm(0);
}

/* ---- All runs ----------------------------------------------------------- */

/* When the time is over, some are left out. */
static inline int fault_step(void)
{
	return clock_now() < faults.end ? 1 :
		1 + (int)(random_next(&faults.seed) % 32);
}

static inline void fault_one(struct fault what, void (*run)(void))
{
	fault = what;
	run();
	faults.runs++;
	faults.hits += fault.done;
}

/* Kills all processes but the program, or that too, at each begin and end. */
static inline void fault_kills(void (*run)(void), int program)
{
	for (int task = 0; task < FAULT_TASKS; task++)
		for (int at = 2; at / 2 <= faults.calls[task] &&
		     (program || faults.copy[task]); at += fault_step())
			fault_one((struct fault){ .task = task, .call = at / 2,
						  .at_exit = at % 2 }, run);
}

/* Fails each call with one error, and then with the others if there is time. */
static inline void fault_fails(void (*run)(void))
{
	int first = (int)(random_next(&faults.seed) % FAULT_ERRORS);

	for (int pass = first; pass < first + FAULT_ERRORS; pass++) {
		if (pass > first && clock_now() >= faults.end)
			break;
		for (int task = 0; task < FAULT_TASKS; task++) {
			for (int call = 1; call <= faults.calls[task];
			     call += fault_step()) {
				int error = fault_errors[(pass + task + call) %
							 FAULT_ERRORS];

				if (is_plausible(faults.seen[task][call], error))
					fault_one((struct fault){
						.task = task, .call = call,
						.error = error }, run);
			}
		}
	}
}

/* Arguments: a seed, and how many seconds to take. */
static inline void fault_begin(int argc, char **argv, int seconds)
{
	struct signal_action hangs = { .handler = fault_hangs };

	faults.seed = random_seed(argc, argv);
	if (argc > 2)
		seconds = (int)proc_number(argv[2]);
	faults.end = clock_now() + seconds * 1000000000L;
	CHECK_EQUAL(signal_action(SIGALRM, &hangs, NULL), 0);
	open_pipe(faults.go);
}

#endif
