/* What a tracer needs first: ptrace() itself, and how to read what wait4() says. */
#ifndef TRACE_H
#define TRACE_H

#include "test.h"
#include <linux/ptrace.h>

#define STOPPED(status)     (((status) & 0xff) == 0x7f)
#define STOP_SIGNAL(status) ((status) >> 8 & 0xff)
#define STOP_EVENT(status)  ((status) >> 16)
#define SYSCALL_STOP        (SIGTRAP | 0x80)

static inline long ptrace(long request, int pid, long data)
{
	return system_call(__NR_ptrace, request, pid, 0L, data);
}

static inline int wait_stopped(int pid)
{
	int status;
	long r;

	do
		r = system_call(__NR_wait4, pid, &status, __WALL, 0L);
	while (r == -EINTR);
	CHECK_EQUAL(r, pid);
	return status;
}

#endif
