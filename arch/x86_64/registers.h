/* x86-64: a parked thread's registers as a core file has them.  A thread that was
 * interrupted has a signal frame; one that parked by itself (it asked for the
 * image) has a NULL frame, and its context is all that a call preserves. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "arch.h"
#include <linux/elf.h>

#define CORE_REGISTERS 27		/* NT_PRSTATUS: struct user_regs_struct */

#define USER_CS   0x33			/* the kernel's segments for programs */
#define USER_DS   0x2b
#define FLAGS_SET 0x202			/* interrupts on, as in any program */
#define SW_OFFSET 464			/* of sw_reserved in the FXSAVE image */

static inline void core_registers(unsigned long *set,
				  const struct ucontext *frame,
				  const struct context *c, const void *tp,
				  const struct arch_state *state)
{
	const struct sigcontext *m = &frame->uc_mcontext;
	unsigned long values[CORE_REGISTERS] = { 0 };

	if (frame)
		__builtin_memcpy(set, (unsigned long[]){
			m->r15, m->r14, m->r13, m->r12, m->rbp, m->rbx, m->r11,
			m->r10, m->r9, m->r8, m->rax, m->rcx, m->rdx, m->rsi,
			m->rdi, -1UL, m->rip, m->cs, m->eflags, m->rsp, m->ss
		}, 21 * sizeof *set);
	else
		__builtin_memcpy(set, (unsigned long[]){
			c->r12_r15[3], c->r12_r15[2], c->r12_r15[1],
			c->r12_r15[0], c->rbp, c->rbx, 0, 0, 0, 0, 0, 0, 0, 0,
			0, -1UL, c->pc, USER_CS, FLAGS_SET, c->sp, USER_DS
		}, 21 * sizeof *set);
	__builtin_memcpy(set + 21, values, 6 * sizeof *set);
	set[21] = (unsigned long)tp;
	set[22] = state->gs;
}

static inline size_t core_xstate(unsigned char *to, const struct _fpstate *fp)
{
	const struct _fpx_sw_bytes *sw = &fp->sw_reserved;

	if (sw->magic1 != FP_XSTATE_MAGIC1)
		return 0;
	__builtin_memcpy(to, fp, sw->xstate_size);
	/* There a debugger looks for the features of the layout. */
	__builtin_memset(to + SW_OFFSET, 0, sizeof *sw);
	__builtin_memcpy(to + SW_OFFSET, &sw->xfeatures, sizeof sw->xfeatures);
	return sw->xstate_size;
}

/* Register set number index besides the general ones, as a note's contents: at
 * most frame_size + 1024 bytes.  Returns their size; 0: there is none. */
static inline size_t core_set(int index, void *to, unsigned *type,
			      const struct ucontext *frame,
			      const struct context *c, const void *tp,
			      const struct arch_state *state)
{
	const struct _fpstate *fp =
		frame ? (const void *)frame->uc_mcontext.fpstate : NULL;
	struct _fpstate own = { 0 };

	(void)tp, (void)state;
	switch (index) {
	case 0:
		own.cwd = c->fcw;
		own.mxcsr = c->mxcsr;
		__builtin_memcpy(to, fp ? fp : &own, sizeof own);
		__builtin_memset((char *)to + SW_OFFSET, 0,
				 sizeof own - SW_OFFSET);
		*type = NT_PRFPREG;
		return sizeof own;
	case 1:
		*type = NT_X86_XSTATE;
		return fp ? core_xstate(to, fp) : 0;
	}
	return 0;
}

#endif
