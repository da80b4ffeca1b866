/* aarch64: a parked thread's registers as a core file has them.  A thread that was
 * interrupted has a signal frame; one that parked by itself (it asked for the
 * image) has a NULL frame, and its context is all that a call preserves. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "arch.h"
#include <asm/ptrace.h>
#include <linux/elf.h>

#define CORE_REGISTERS 34		/* NT_PRSTATUS: struct user_pt_regs */

static inline void core_registers(unsigned long *set,
				  const struct ucontext *frame,
				  const struct context *c, const void *tp,
				  const struct arch_state *state)
{
	(void)tp, (void)state;
	if (frame) {		/* x0..x30, sp, pc, pstate: the same order */
		__builtin_memcpy(set, frame->uc_mcontext.regs,
				 CORE_REGISTERS * sizeof *set);
		return;
	}
	__builtin_memset(set, 0, CORE_REGISTERS * sizeof *set);
	__builtin_memcpy(set + 19, c->x19_x30, sizeof c->x19_x30);
	set[31] = c->sp;
	set[32] = c->x19_x30[11];
}

/* The record of a kind in a frame, or NULL.  What is too large for the frame is
 * in an extra space, which a record of its own points to. */
static inline const struct _aarch64_ctx *core_record(
		const struct ucontext *frame, unsigned magic)
{
	const unsigned char *at = frame->uc_mcontext.__reserved;
	const struct _aarch64_ctx *head = (const void *)at;
	const unsigned char *extra = NULL;

	for (; head->magic != magic; head = (const void *)at) {
		if (head->magic == EXTRA_MAGIC)
			extra = (const void *)
				((const struct extra_context *)head)->datap;
		if (head->magic) {
			at += head->size;
		} else {		/* the end of the records here */
			if (!extra)
				return NULL;
			at = extra;
			extra = NULL;
		}
	}
	return head;
}

static inline size_t core_fpsimd(void *to, const struct ucontext *frame,
				 const struct context *c)
{
	struct user_fpsimd_state set = { 0 };
	const struct fpsimd_context *fp =
		frame ? (const void *)core_record(frame, FPSIMD_MAGIC) : NULL;

	if (fp) {
		__builtin_memcpy(set.vregs, fp->vregs, sizeof set.vregs);
		set.fpsr = fp->fpsr;
		set.fpcr = fp->fpcr;
	} else {
		for (int i = 0; i < 8; i++)
			__builtin_memcpy(&set.vregs[8 + i], &c->d8_d15[i],
					 sizeof(double));
		set.fpsr = (unsigned)c->fpsr;
		set.fpcr = (unsigned)c->fpcr;
	}
	__builtin_memcpy(to, &set, sizeof set);
	return sizeof set;
}

static inline size_t core_sve_header(unsigned char *to, unsigned vl,
				     unsigned short flags)
{
	unsigned vq = vl / __SVE_VQ_BYTES;
	struct user_sve_header header = {
		.vl = (unsigned short)vl, .max_vl = (unsigned short)vl,
		.flags = flags, .size = SVE_PT_SIZE(vq, flags),
	};

	header.max_size = header.size;
	__builtin_memset(to, 0, header.size);
	__builtin_memcpy(to, &header, sizeof header);
	return header.size;
}

/* The registers have the same layout in a frame and in a note, but the frame has
 * the status words elsewhere.  A thread that does not use SVE has the others in
 * this shape, too: where one thread has it, a debugger looks there for all. */
static inline size_t core_sve(unsigned char *to, const struct ucontext *frame,
			      const struct context *c,
			      const struct arch_state *state)
{
	const struct fpsimd_context *fp;
	const struct sve_context *sve;
	unsigned vq;
	size_t size;

	if (state->sve_length < 0)
		return 0;
	sve = frame ? (const void *)core_record(frame, SVE_MAGIC) : NULL;
	fp = sve ? (const void *)core_record(frame, FPSIMD_MAGIC) : NULL;
	if (!fp || sve->head.size <= sizeof *sve) {
		size = core_sve_header(to, state->sve_length &
				       PR_SVE_VL_LEN_MASK, SVE_PT_REGS_FPSIMD);
		core_fpsimd(to + SVE_PT_FPSIMD_OFFSET, frame, c);
		return size;
	}
	size = core_sve_header(to, sve->vl, SVE_PT_REGS_SVE);
	vq = sve->vl / __SVE_VQ_BYTES;
	__builtin_memcpy(to + SVE_PT_REGS_OFFSET,
			 (const char *)sve + SVE_SIG_REGS_OFFSET,
			 SVE_SIG_REGS_SIZE(vq));
	__builtin_memcpy(to + SVE_PT_SVE_FPSR_OFFSET(vq), &fp->fpsr, 4);
	__builtin_memcpy(to + SVE_PT_SVE_FPCR_OFFSET(vq), &fp->fpcr, 4);
	return size;
}

/* Register set number index besides the general ones, as a note's contents: at
 * most frame_size + 1024 bytes.  Returns their size; 0: there is none. */
static inline size_t core_set(int index, void *to, unsigned *type,
			      const struct ucontext *frame,
			      const struct context *c, const void *tp,
			      const struct arch_state *state)
{
	switch (index) {
	case 0:
		*type = NT_PRFPREG;
		return core_fpsimd(to, frame, c);
	case 1:
		*type = NT_ARM_TLS;
		__builtin_memcpy(to, &tp, sizeof tp);
		return sizeof tp;
	case 2:
		*type = NT_ARM_SVE;
		return core_sve(to, frame, c, state);
	}
	return 0;
}

#endif
