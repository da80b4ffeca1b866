/* x86-64: the canary of every register.  tests/41-context.c calls it; a porter's
 * first green light.  Deleting any line of context_save() or context_restore()
 * makes it fail.
 *
 * long context_canary(struct context *, void (*resume)(const struct context *))
 * Gives every register that a context holds a value of its own and calls
 * context_save().  Then spoils them all, stack pointer included, and calls
 * resume(context), which has to restore the context, in this or another task.
 * Returns 0, or the number of the first that was wrong after one of the two
 * returns: 1 rbx, 2 rbp, 3..6 r12..r15, 7 rsp, 8 the return address, 9 mxcsr,
 * 10 fcw, 11 the return value. */
#include "arch.h"

#define VALUE(n) (0x0123456789abcdef + 0x1111111111111111 * n)
#define SPOILT   0xdead5e115eabeef5
#define MXCSR    0xbf80			/* rounds down, flushes to zero */
#define FCW      0x0e7b			/* rounds up, one exception unmasked */
#define SPOILT_MXCSR 0x1f80
#define SPOILT_FCW   0x037f

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
	.skip	4
control:				/* mxcsr and fcw: found, wanted */
	.skip	12
	.balign	16
	.skip	8192
other_stack:

	.macro	keep register
	push	\register
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset \register, 0
	.endm

	.macro	bring_back register
	pop	\register
	.cfi_adjust_cfa_offset -8
	.cfi_restore \register
	.endm

	.macro	expect number, register, value:vararg
	mov	$\number, %eax
	mov	\value, %rcx
	cmp	%rcx, \register
	jne	done
	.endm

	.text
	.globl	context_canary
	.type	context_canary, @function
	.balign	16
context_canary:
	.cfi_startproc
	keep	%rbx
	keep	%rbp
	keep	%r12
	keep	%r13
	keep	%r14
	keep	%r15
	sub	$8, %rsp		/* now it is 16-aligned, as calls want */
	.cfi_adjust_cfa_offset 8
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	mov	%rsp, caller_sp(%rip)
	mov	%rdi, context(%rip)
	mov	%rsi, resume(%rip)

	/* Until it is saved, the context leads to the wrong place. */
	mov	$SPOILT, %rax
	lea	astray(%rip), %rcx
	mov	%rax, CTX_RBX(%rdi)
	mov	%rax, CTX_RBP(%rdi)
	mov	%rax, CTX_R12(%rdi)
	mov	%rax, CTX_R13(%rdi)
	mov	%rax, CTX_R14(%rdi)
	mov	%rax, CTX_R15(%rdi)
	mov	%rax, CTX_RSP(%rdi)
	mov	%rcx, CTX_RIP(%rdi)
	movl	$SPOILT_MXCSR, CTX_MXCSR(%rdi)
	movw	$SPOILT_FCW, CTX_FCW(%rdi)

	sub	$32, %rsp		/* a stack pointer of its own, too */
	.cfi_adjust_cfa_offset 32
	mov	%rsp, canary_sp(%rip)
	movl	$MXCSR, control(%rip)
	movw	$FCW, 4+control(%rip)
	ldmxcsr	control(%rip)
	fldcw	4+control(%rip)
	mov	$VALUE(1), %rbx
	mov	$VALUE(2), %rbp
	mov	$VALUE(3), %r12
	mov	$VALUE(4), %r13
	mov	$VALUE(5), %r14
	mov	$VALUE(6), %r15
	movl	$0, phase(%rip)
	mov	$SPOILT, %rax		/* what a register holds by chance */
	lea	astray(%rip), %rdx
	mov	%rax, %rcx
	call	context_save

	mov	%eax, %r8d
	expect	1, %rbx, $VALUE(1)
	expect	2, %rbp, $VALUE(2)
	expect	3, %r12, $VALUE(3)
	expect	4, %r13, $VALUE(4)
	expect	5, %r14, $VALUE(5)
	expect	6, %r15, $VALUE(6)
	expect	7, %rsp, canary_sp(%rip)
	mov	$9, %eax
	stmxcsr	control(%rip)
	cmpl	$MXCSR, control(%rip)
	jne	done
	mov	$10, %eax
	fnstcw	control(%rip)
	cmpw	$FCW, control(%rip)
	jne	done
	mov	$11, %eax
	cmp	phase(%rip), %r8d
	jne	done
	xor	%eax, %eax
	cmpl	$0, phase(%rip)
	jne	done

	movl	$1, phase(%rip)
	movl	$SPOILT_MXCSR, control(%rip)
	movw	$SPOILT_FCW, 4+control(%rip)
	ldmxcsr	control(%rip)
	fldcw	4+control(%rip)
	mov	context(%rip), %rdi
	mov	$SPOILT, %rax
	mov	%rax, %rbx
	mov	%rax, %rbp
	mov	%rax, %r12
	mov	%rax, %r13
	mov	%rax, %r14
	mov	%rax, %r15
	lea	other_stack(%rip), %rsp
	call	*resume(%rip)
astray:
	mov	$8, %eax
done:
	mov	caller_sp(%rip), %rsp
	ldmxcsr	(%rsp)
	fldcw	4(%rsp)
	.cfi_adjust_cfa_offset -32
	add	$8, %rsp
	.cfi_adjust_cfa_offset -8
	bring_back %r15
	bring_back %r14
	bring_back %r13
	bring_back %r12
	bring_back %rbp
	bring_back %rbx
	ret
	.cfi_endproc
	.size	context_canary, . - context_canary

	.section .note.GNU-stack, "", @progbits
