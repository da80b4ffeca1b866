/* x86-64: what a tracer has to know of the processor.  Pairs with aarch64's. */
#ifndef TRACEE_H
#define TRACEE_H

#include "trace.h"

#define ORIG_RAX 120			/* struct user: the call's number */
#define RAX      80
#define DEBUG(n) (848 + 8 * (n))

static inline long poke_user(int tid, long offset, long value)
{
	return system_call(__NR_ptrace, PTRACE_POKEUSR, tid, offset, value);
}

/* At the entry of a system call: it is not made. */
static inline long tracee_skip(int tid)
{
	return poke_user(tid, ORIG_RAX, -1);
}

/* At its exit: what it returns. */
static inline long tracee_result(int tid, long result)
{
	return poke_user(tid, RAX, result);
}

/* ---- Steps -------------------------------------------------------------- */

#define SYSCALL 0x050f

static inline int tracee_at_call(int tid, unsigned long pc)
{
	unsigned long word = 0;

	system_call(__NR_ptrace, PTRACE_PEEKTEXT, tid, pc, &word);
	return (word & 0xffff) == SYSCALL;
}

/* Whether the instruction and those behind it are one step. */
static inline int tracee_is_torn(int tid, unsigned long pc)
{
	(void)tid, (void)pc;
	return 0;
}

/* How a thread goes one step further, and what there is to do afterwards. */
static inline int tracee_prepare(int tid, unsigned long pc)
{
	(void)tid, (void)pc;
	return PTRACE_SINGLESTEP;
}

static inline void tracee_repair(int tid)
{
	(void)tid;
}

/* A breakpoint for this thread alone, before the instruction; 0: none. */
static inline long tracee_break(int tid, unsigned long pc)
{
	long r = poke_user(tid, DEBUG(7), 0);

	if (r == 0 && pc)
		r = poke_user(tid, DEBUG(0), (long)pc);
	return r == 0 && pc ? poke_user(tid, DEBUG(7), 1) : r;
}

#endif
