/* aarch64: the canary of every register.  tests/41-context.c calls it; a porter's
 * first green light.  Deleting any line of context_save() or context_restore()
 * makes it fail.
 *
 * long context_canary(struct context *, void (*resume)(const struct context *))
 * Gives every register that a context holds a value of its own and calls
 * context_save().  Then spoils them all, stack pointer included, and calls
 * resume(context), which has to restore the context, in this or another task.
 * Returns 0, or the number of the first that was wrong after one of the two
 * returns: 19..29 x19..x29, 30 the return address, 31 sp, 32 fpcr, 33 fpsr,
 * 40..47 d8..d15, 50 the return value. */
#include "arch.h"

#define VALUE(n) (0x0123456789abcdef + 0x1111111111111111 * (n - 18))
#define DOUBLE(n) (0x3ff0123456789abc + 0x0001111111111111 * (n - 40))
#define SPOILT 0xdead5e115eabeef5
#define FPCR   0x03c00000		/* default NaN, to zero, towards zero */
#define FPSR   0x08000011		/* saturated, inexact, invalid */

	.bss
	.balign	16
caller_sp:
	.skip	8
context:
	.skip	8
resume:
	.skip	8
canary_sp:
	.skip	8
phase:					/* what context_save() has to return */
	.skip	8
	.balign	16
	.skip	8192
other_stack:

	.macro	constant register, value:vararg
	movz	\register, #((\value) & 0xffff)
	movk	\register, #(((\value) >> 16) & 0xffff), lsl #16
	movk	\register, #(((\value) >> 32) & 0xffff), lsl #32
	movk	\register, #(((\value) >> 48) & 0xffff), lsl #48
	.endm

	.macro	address register, symbol
	adrp	\register, \symbol
	add	\register, \register, :lo12:\symbol
	.endm

	.macro	peek register, symbol
	adrp	\register, \symbol
	ldr	\register, [\register, :lo12:\symbol]
	.endm

	.macro	poke register, symbol
	adrp	x10, \symbol
	str	\register, [x10, :lo12:\symbol]
	.endm

	/* x0 becomes the number of the wrong one. */
	.macro	expect number, register
	mov	x0, #\number
	cmp	\register, x9
	b.ne	done
	.endm

	.text
	.globl	context_canary
	.type	context_canary, %function
	.balign	16
context_canary:
	.cfi_startproc
	stp	x29, x30, [sp, #-176]!
	.cfi_def_cfa_offset 176
	.cfi_offset x29, -176
	.cfi_offset x30, -168
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]
	mrs	x2, fpcr
	mrs	x3, fpsr
	stp	x2, x3, [sp, #160]
	mov	x2, sp
	poke	x2, caller_sp
	poke	x0, context
	poke	x1, resume
	poke	xzr, phase

	/* Until it is saved, the context leads to the wrong place. */
	constant x9, SPOILT
	mov	x2, #0
1:	str	x9, [x0, x2]
	add	x2, x2, #8
	cmp	x2, #CTX_D14 + 16
	b.ne	1b
	address	x2, astray
	str	x2, [x0, #CTX_X29 + 8]

	sub	sp, sp, #32		/* a stack pointer of its own, too */
	.cfi_adjust_cfa_offset 32
	mov	x2, sp
	poke	x2, canary_sp
	constant x2, FPCR
	msr	fpcr, x2
	constant x2, FPSR
	msr	fpsr, x2
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
	constant x\n, VALUE(\n)
	.endr
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	constant x2, DOUBLE(\n + 32)
	fmov	d\n, x2
	.endr
	mov	x1, x9			/* what a register holds by chance */
	mov	x2, x9
	mov	x3, x9
	bl	context_save

	mov	x11, x0
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
	constant x9, VALUE(\n)
	expect	\n, x\n
	.endr
	peek	x9, canary_sp
	expect	31, sp
	mrs	x12, fpsr		/* first: comparisons may change it */
	mrs	x2, fpcr
	constant x9, FPCR
	expect	32, x2
	constant x9, FPSR
	expect	33, x12
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	constant x9, DOUBLE(\n + 32)
	fmov	x2, d\n
	expect	\n + 32, x2
	.endr
	peek	x9, phase
	expect	50, x11
	mov	x0, #0
	cbnz	x9, done

	mov	x9, #1
	poke	x9, phase
	msr	fpcr, xzr
	msr	fpsr, xzr
	peek	x0, context
	peek	x8, resume
	address	x9, other_stack
	mov	sp, x9
	constant x9, SPOILT
	.irp	n, 1, 2, 3, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
	mov	x\n, x9
	.endr
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	fmov	d\n, x9
	.endr
	blr	x8
astray:
	mov	x0, #30
done:
	peek	x2, caller_sp
	mov	sp, x2
	.cfi_adjust_cfa_offset -32
	ldp	x2, x3, [sp, #160]
	msr	fpcr, x2
	msr	fpsr, x3
	ldp	d8, d9, [sp, #96]
	ldp	d10, d11, [sp, #112]
	ldp	d12, d13, [sp, #128]
	ldp	d14, d15, [sp, #144]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #176
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	.size	context_canary, . - context_canary

	.section .note.GNU-stack, "", %progbits
