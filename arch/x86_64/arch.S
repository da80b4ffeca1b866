/* x86-64: everything that C cannot say.  The order of the routines, their names
 * and contracts are the same in every architecture (arch/README.md).
 *
 * C argument     1     2     3     4     5     6     7
 * function       rdi   rsi   rdx   rcx   r8    r9    8(rsp)
 * system call    rdi   rsi   rdx   r10   r8    r9    -        number rax
 * The kernel clobbers rcx and r11, and returns in rax. */
#include "asm.h"

/* The kernel jumps here with argc, argv, envp and auxv on the stack. */
routine _start
	.cfi_undefined rip
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	and	$-16, %rsp
	call	start
	ud2
end _start

/* int context_save(struct context *)
 * Returns 0.  When the context is restored it returns a second time, with 1. */
routine context_save
	mov	(%rsp), %rdx
	lea	8(%rsp), %rcx
	mov	%rbx, CTX_RBX(%rdi)
	mov	%rbp, CTX_RBP(%rdi)
	mov	%r12, CTX_R12(%rdi)
	mov	%r13, CTX_R13(%rdi)
	mov	%r14, CTX_R14(%rdi)
	mov	%r15, CTX_R15(%rdi)
	mov	%rcx, CTX_RSP(%rdi)
	mov	%rdx, CTX_RIP(%rdi)
	stmxcsr	CTX_MXCSR(%rdi)
	fnstcw	CTX_FCW(%rdi)
	xor	%eax, %eax
	ret
end context_save

/* _Noreturn void context_restore(const struct context *)
 * The function that called context_save() must not have returned since. */
routine context_restore
	.cfi_undefined rip
	mov	CTX_RBX(%rdi), %rbx
	mov	CTX_RBP(%rdi), %rbp
	mov	CTX_R12(%rdi), %r12
	mov	CTX_R13(%rdi), %r13
	mov	CTX_R14(%rdi), %r14
	mov	CTX_R15(%rdi), %r15
	mov	CTX_RSP(%rdi), %rsp
	ldmxcsr	CTX_MXCSR(%rdi)
	fldcw	CTX_FCW(%rdi)
	mov	$1, %eax
	jmp	*CTX_RIP(%rdi)
end context_restore

/* long clone_stack(long flags, void *sp, int *ptid, int *ctid, void *tls)
 * in:   sp[0] = function, sp[1] = argument, put there by the caller
 * out:  in the caller the tid or -errno; the child runs function(argument),
 *       which does not return
 * The child has the caller's registers but not its stack: what it needs travels
 * on its own. */
routine clone_stack
	mov	%rcx, %r10
	mov	$__NR_clone, %eax
	syscall
	cfi_caller_or_child
	test	%eax, %eax
	jz	1f
	.cfi_restore_state
	ret
1:	.cfi_undefined rip
	xor	%ebp, %ebp
	pop	%rax
	pop	%rdi
	call	*%rax
	ud2
end clone_stack

/* long clone_context(long flags, const struct context *, int *ptid, int *ctid,
 *                    void *tls)
 * out:  in the caller the tid or -errno; the child goes on in the context
 * The child starts on the saved stack but must not touch it before it has
 * the saved registers: the frame there belongs to them. */
routine clone_context
	mov	%rsi, %r9
	mov	CTX_RSP(%rsi), %rsi
	mov	%rcx, %r10
	mov	$__NR_clone, %eax
	syscall
	cfi_caller_or_child
	test	%eax, %eax
	jz	1f
	.cfi_restore_state
	ret
1:	.cfi_undefined rip
	mov	%r9, %rdi
	jmp	context_restore
end clone_context

/* _Noreturn void unmap_and_exit(void *mapping, size_t size)
 * Ends the thread and frees the stack it stands on; all signals are blocked,
 * for there is no stack for a handler between the two calls. */
routine unmap_and_exit
	mov	$__NR_munmap, %eax
	syscall
	.cfi_undefined rip
	xor	%edi, %edi
	mov	$__NR_exit, %eax
	syscall
	ud2
end unmap_and_exit

/* long restartable_call(long number, long a, ..., long f)
 * One system call, in a shape that the stop handler can take back.  It knows a
 * frame by its program counter (core/call.c tells what it does then):
 *   call_start      about to enter, or the kernel restarts the call by itself
 *   call_end        has just returned
 *   call_done       has returned, and the result stands
 *   call_again      a stop interrupted it: all is set up to enter again
 * The number waits in the red zone, which signal frames leave alone. */
routine restartable_call
	.globl	call_start, call_end, call_done
	.globl	call_again, call_again_end
	mov	%rdi, -8(%rsp)
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	mov	8(%rsp), %r9
call_start:
	syscall
call_end:
	nop
call_done:
	ret
call_again:
	mov	-8(%rsp), %rax
	syscall
call_again_end:
	jmp	call_end
end restartable_call

/* Signal return.  GDB knows this stub by its name, by its very bytes, and by
 * the CFI, which it looks up at one byte before the return address: hence
 * the nop.  rsp is at struct ucontext. */
	.macro saved register, offset
	.cfi_escape 0x10, \register, 3, 0x77, \
		((UC_MCONTEXT + \offset) & 0x7f) | 0x80, \
		(UC_MCONTEXT + \offset) >> 7
	.endm
	.text
	.globl	__restore_rt
	.type	__restore_rt, @function
	.balign	16
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_escape 0x0f, 4, 0x77, 0xa0, 1, 0x06	/* CFA: saved rsp */
	saved 8, 0			/* r8 */
	saved 9, 8
	saved 10, 16
	saved 11, 24
	saved 12, 32
	saved 13, 40
	saved 14, 48
	saved 15, 56
	saved 5, 64			/* rdi */
	saved 4, 72			/* rsi */
	saved 6, 80			/* rbp */
	saved 3, 88			/* rbx */
	saved 1, 96			/* rdx */
	saved 0, 104			/* rax */
	saved 2, 112			/* rcx */
	saved 7, 120			/* rsp */
	saved 16, 128			/* rip */
	nop
__restore_rt:
	mov	$__NR_rt_sigreturn, %rax
	syscall
	.cfi_endproc
	.size	__restore_rt, . - __restore_rt

/* int shadow_stack_active(void)
 * rdssp is a no-op unless the thread has a shadow stack. */
routine shadow_stack_active
	xor	%eax, %eax
	rdsspq	%rax
	test	%rax, %rax
	setne	%al
	movzbl	%al, %eax
	ret
end shadow_stack_active

/* void touch_tiles(void)
 * Makes the kernel give the thread room for AMX tiles. */
routine touch_tiles
	ldtilecfg one_tile(%rip)
	tilezero %tmm0
	tilerelease
	ret
end touch_tiles

	.section .rodata
	.balign	64
one_tile:
	.byte	1			/* palette */
	.fill	15, 1, 0
	.short	64			/* bytes per row of tile 0 */
	.fill	30, 1, 0
	.byte	1			/* rows of tile 0 */
	.fill	15, 1, 0

	.section .note.GNU-stack, "", @progbits
