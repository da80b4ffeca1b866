/* The image writer, held by a debugger before its first instruction: so a test
 * decides how long an image takes, and where the writer dies.  The debugger must
 * be the parent of the process that asks for the image. */
#ifndef HOLD_H
#define HOLD_H

#include "restart.h"
#include "trace.h"

/* Before the process's main thread calls checkpoint(), but after it has made its
 * threads, which look the same from here. */
static inline void hold_begin(int pid)
{
	long r = ptrace(PTRACE_SEIZE, pid, PTRACE_O_TRACECLONE |
			PTRACE_O_TRACESYSGOOD);

	if (r < 0) {
		system_call(__NR_kill, pid, SIGKILL);
		system_call(__NR_wait4, pid, NULL, __WALL, 0);
		images_end();
		skip("may not trace");
	}
}

/* Waits for the writer and returns its pid; the process is let go. */
static inline int hold_writer(int pid)
{
	unsigned long writer;
	int status;

	for (;;) {
		status = wait_stopped(pid);
		CHECK(STOPPED(status));
		if (STOP_EVENT(status) == PTRACE_EVENT_CLONE)
			break;
		CHECK_EQUAL(ptrace(PTRACE_CONT, pid, STOP_EVENT(status) ? 0 :
				   STOP_SIGNAL(status)), 0);
	}
	CHECK_EQUAL(system_call(__NR_ptrace, PTRACE_GETEVENTMSG, pid, 0L,
				&writer), 0);
	CHECK_EQUAL(ptrace(PTRACE_DETACH, pid, 0), 0);
	CHECK_EQUAL(STOP_EVENT(wait_stopped((int)writer)), PTRACE_EVENT_STOP);
	return (int)writer;
}

static inline void hold_end(int writer)
{
	CHECK_EQUAL(ptrace(PTRACE_DETACH, writer, 0), 0);
}

/* Lets the writer go on to the n-th begin or end of a system call.  0: it has
 * ended before, or was killed. */
static inline int hold_step(int writer, int n)
{
	int status;

	while (n--) {
		CHECK_EQUAL(ptrace(PTRACE_SYSCALL, writer, 0), 0);
		status = wait_stopped(writer);
		if (!STOPPED(status))
			return 0;
		CHECK_EQUAL(STOP_SIGNAL(status), SYSCALL_STOP);
	}
	return 1;
}

#endif
