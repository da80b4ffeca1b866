/* aarch64: what a tracer has to know of the processor.  Pairs with x86-64's. */
#ifndef TRACEE_H
#define TRACEE_H

#include "trace.h"
#include <linux/elf.h>
#include <linux/uio.h>

static inline long register_set(long request, int tid, long set, void *to,
				size_t size)
{
	struct iovec v = { to, size };

	return system_call(__NR_ptrace, request, tid, set, &v);
}

/* At the entry of a system call: it is not made. */
static inline long tracee_skip(int tid)
{
	int none = -1;

	return register_set(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &none,
			    sizeof none);
}

/* At its exit: what it returns. */
static inline long tracee_result(int tid, long result)
{
	unsigned long registers[34];	/* x0 to x30, sp, pc, pstate */
	long r = register_set(PTRACE_GETREGSET, tid, NT_PRSTATUS, registers,
			      sizeof registers);

	registers[0] = (unsigned long)result;
	return r ? r : register_set(PTRACE_SETREGSET, tid, NT_PRSTATUS,
				    registers, sizeof registers);
}

#endif
