/* A thread of another process, stepped from instruction to instruction.  What must
 * not be torn apart (a load-exclusive, and all up to its store) is one step. */
#ifndef STEP_H
#define STEP_H

#include "proc.h"
#include "sys.h"
#include "tracee.h"

static struct {
	int pid, tid;
	unsigned long pc, sp;		/* when last looked at */
} traced;

static inline long trace(long request, long address, long data)
{
	return system_call(__NR_ptrace, request, traced.tid, address, data);
}

/* Of one of the process's threads. */
static inline char traced_state(int tid)
{
	char path[48];

	format(path, sizeof path, "/proc/%d/task/%d/status", traced.pid, tid);
	return proc_state(path);
}

/* Until the process's other threads sleep: a breakpoint would stop them, too. */
static inline void await_others(void)
{
	char entries[4096] __attribute__((aligned(8))), path[48], state;
	const struct directory_entry *e;
	int fd, tid, left;
	long n;

	format(path, sizeof path, "/proc/%d/task", traced.pid);
	do {
		fd = (int)system_call(__NR_openat, AT_FDCWD, path,
				      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CHECK(fd >= 0);
		n = system_call(__NR_getdents64, fd, entries, sizeof entries);
		system_call(__NR_close, fd);
		left = 0;
		for (long at = 0; at < n; at += e->size) {
			e = (const void *)(entries + at);
			tid = (int)proc_number(e->name);
			state = tid && tid != traced.tid ? traced_state(tid) :
							   'S';
			left += state == 'R' || state == 'D';
		}
		if (left)
			system_call(__NR_sched_yield);
	} while (left);
}

/* Until a traced thread stops, or for a moment: nobody says when it sleeps. */
static inline void await_child(void)
{
	unsigned long child = 1UL << (SIGCHLD - 1);
	struct timespec moment = { 0, 100000 };

	system_call(__NR_rt_sigprocmask, SIG_BLOCK, &child, NULL,
		    sizeof child);
	system_call(__NR_rt_sigtimedwait, &child, NULL, &moment, sizeof child);
}

static inline void trace_begin(int pid, int tid, long options)
{
	traced.pid = pid;
	traced.tid = tid;
	if (trace(PTRACE_SEIZE, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
		  options))
		skip("no permission to trace");
}

static inline void trace_look(void)
{
	struct ptrace_syscall_info info = { 0 };

	CHECK(trace(PTRACE_GET_SYSCALL_INFO, sizeof info, (long)&info) > 0);
	traced.pc = info.instruction_pointer;
	traced.sp = info.stack_pointer;
}

/* Lets the thread go on, from where it was looked at; the status with which it
 * stops.  Whenever it sleeps instead, asleep() is called, unless that is NULL. */
static inline int trace_go(int mode, int signal, void (*asleep)(void))
{
	int status = 0, steps = mode == PTRACE_SINGLESTEP, flags = __WALL;

	if (asleep && (!steps || tracee_at_call(traced.tid, traced.pc)))
		flags |= WNOHANG;
	if (steps && tracee_is_torn(traced.tid, traced.pc))
		await_others();
	if (steps)
		mode = tracee_prepare(traced.tid, traced.pc);
	CHECK_EQUAL(trace(mode, 0, signal), 0);
	while (!system_call(__NR_wait4, traced.tid, &status, flags, NULL)) {
		if (traced_state(traced.tid) == 'S')
			asleep();
		await_child();
	}
	if (steps && STOPPED(status))
		tracee_repair(traced.tid);
	return status;
}

#endif
