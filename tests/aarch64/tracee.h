/* aarch64: what a tracer has to know of the processor.  Pairs with x86-64's. */
#ifndef TRACEE_H
#define TRACEE_H

#include "trace.h"
#include <asm/ptrace.h>
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

/* ---- Steps -------------------------------------------------------------- */

#define SVC        0xd4000001
#define BREAKPOINT 0xd4200000
#define EXITS      4
#define LONGEST    8			/* instructions of such a loop */

static struct {
	int count;
	unsigned long at[EXITS];
	unsigned was[EXITS];
} breakpoints;

static inline unsigned peek(int tid, unsigned long pc)
{
	unsigned long word = 0;

	system_call(__NR_ptrace, PTRACE_PEEKTEXT, tid, pc & -8UL, &word);
	return (unsigned)(word >> (pc & 4) * 8);
}

static inline void poke(int tid, unsigned long pc, unsigned instruction)
{
	unsigned long word = (unsigned long)peek(tid, pc & -8UL) |
			     (unsigned long)peek(tid, pc | 4) << 32;
	int shift = (int)(pc & 4) * 8;

	word = (word & ~(0xffffffffUL << shift)) |
	       (unsigned long)instruction << shift;
	CHECK_EQUAL(system_call(__NR_ptrace, PTRACE_POKETEXT, tid, pc & -8UL,
				word), 0);
}

static inline void stop_at(int tid, unsigned long pc)
{
	CHECK(breakpoints.count < EXITS);
	breakpoints.at[breakpoints.count] = pc;
	breakpoints.was[breakpoints.count++] = peek(tid, pc);
	poke(tid, pc, BREAKPOINT);
}

static inline int tracee_at_call(int tid, unsigned long pc)
{
	return peek(tid, pc) == SVC;
}

/* Whether the instruction and those behind it are one step: a load-exclusive. */
static inline int tracee_is_torn(int tid, unsigned long pc)
{
	return (peek(tid, pc) & 0x3fc00000) == 0x08400000;
}

static inline int is_store_exclusive(unsigned instruction)
{
	return (instruction & 0x3fc00000) == 0x08000000;
}

/* Where b.cond, cbz and cbnz go to; 0: it is none of them. */
static inline unsigned long branch_target(unsigned instruction, unsigned long pc)
{
	int is_branch = (instruction & 0xff000010) == 0x54000000 ||
			(instruction & 0x7e000000) == 0x34000000;
	long offset = (int)(instruction << 8) >> 13;	/* bits 5 to 23 */

	return is_branch ? pc + (unsigned long)offset * 4 : 0;
}

/* How a thread goes one step further.  Each stop between a load-exclusive and its
 * store makes the store fail, for ever: so it runs to where the loop is left. */
static inline int tracee_prepare(int tid, unsigned long pc)
{
	unsigned long at = pc, end, target;

	breakpoints.count = 0;
	if (!tracee_is_torn(tid, pc))
		return PTRACE_SINGLESTEP;
	while (!is_store_exclusive(peek(tid, at))) {
		at += 4;
		CHECK(at < pc + 4 * LONGEST);
	}
	end = branch_target(peek(tid, at + 4), at + 4) == pc ? at + 8 : at + 4;
	for (at = pc; at < end; at += 4) {
		target = branch_target(peek(tid, at), at);
		if (target && (target < pc || target > end))
			stop_at(tid, target);
	}
	stop_at(tid, end);
	return PTRACE_CONT;
}

/* What there is to do afterwards. */
static inline void tracee_repair(int tid)
{
	while (breakpoints.count) {
		breakpoints.count--;
		poke(tid, breakpoints.at[breakpoints.count],
		     breakpoints.was[breakpoints.count]);
	}
}

/* A breakpoint for this thread alone, before the instruction; 0: none. */
static inline long tracee_break(int tid, unsigned long pc)
{
	struct user_hwdebug_state state = { 0 };

	state.dbg_regs[0].addr = pc;
	state.dbg_regs[0].ctrl = pc ? 0xf << 5 | 2 << 1 | 1 : 0; /* at EL0 */
	return register_set(PTRACE_SETREGSET, tid, NT_ARM_HW_BREAK, &state,
			    offsetof(struct user_hwdebug_state, dbg_regs[1]));
}

#endif
