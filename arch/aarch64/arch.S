/* aarch64: everything that C cannot say.  The order of the routines, their names
 * and contracts are the same in every architecture (arch/README.md).
 *
 * C argument     1     2     3     4     5     6     7
 * function       x0    x1    x2    x3    x4    x5    x6
 * system call    x0    x1    x2    x3    x4    x5    -        number x8
 * The kernel changes x0 alone, and returns in it. */
#include "asm.h"

/* The kernel jumps here with argc, argv, envp and auxv on the stack. */
routine _start
	.cfi_undefined x30
	mov	x29, #0
	mov	x30, #0
	mov	x0, sp
	bl	start
	brk	#1
end _start

/* int context_save(struct context *)
 * Returns 0.  When the context is restored it returns a second time, with 1. */
routine context_save
	mov	x1, sp
	mrs	x2, fpcr
	mrs	x3, fpsr
	stp	x19, x20, [x0, #CTX_X19]
	stp	x21, x22, [x0, #CTX_X21]
	stp	x23, x24, [x0, #CTX_X23]
	stp	x25, x26, [x0, #CTX_X25]
	stp	x27, x28, [x0, #CTX_X27]
	stp	x29, x30, [x0, #CTX_X29]
	str	x1, [x0, #CTX_SP]
	str	x2, [x0, #CTX_FPCR]
	str	x3, [x0, #CTX_FPSR]
	stp	d8, d9, [x0, #CTX_D8]
	stp	d10, d11, [x0, #CTX_D10]
	stp	d12, d13, [x0, #CTX_D12]
	stp	d14, d15, [x0, #CTX_D14]
	mov	x0, #0
	ret
end context_save

/* _Noreturn void context_restore(const struct context *)
 * The function that called context_save() must not have returned since. */
routine context_restore
	.cfi_undefined x30
	ldr	x1, [x0, #CTX_SP]
	ldr	x2, [x0, #CTX_FPCR]
	ldr	x3, [x0, #CTX_FPSR]
	ldp	x19, x20, [x0, #CTX_X19]
	ldp	x21, x22, [x0, #CTX_X21]
	ldp	x23, x24, [x0, #CTX_X23]
	ldp	x25, x26, [x0, #CTX_X25]
	ldp	x27, x28, [x0, #CTX_X27]
	ldp	x29, x30, [x0, #CTX_X29]
	mov	sp, x1
	msr	fpcr, x2
	msr	fpsr, x3
	ldp	d8, d9, [x0, #CTX_D8]
	ldp	d10, d11, [x0, #CTX_D10]
	ldp	d12, d13, [x0, #CTX_D12]
	ldp	d14, d15, [x0, #CTX_D14]
	mov	x0, #1
	ret
end context_restore

/* long clone_stack(long flags, void *sp, int *ptid, int *ctid, void *tls)
 * in:   sp[0] = function, sp[1] = argument, put there by the caller
 * out:  in the caller the tid or -errno; the child runs function(argument),
 *       which does not return
 * The child has the caller's registers but not its stack: what it needs travels
 * on its own. */
routine clone_stack
	mov	x5, x3
	mov	x3, x4
	mov	x4, x5
	mov	x8, #__NR_clone
	svc	#0
	cfi_caller_or_child
	cbz	x0, 1f
	.cfi_restore_state
	ret
1:	.cfi_undefined x30
	mov	x29, #0
	mov	x30, #0
	ldp	x1, x0, [sp], #16
	blr	x1
	brk	#1
end clone_stack

/* long clone_context(long flags, const struct context *, int *ptid, int *ctid,
 *                    void *tls)
 * out:  in the caller the tid or -errno; the child goes on in the context
 * The child starts on the saved stack but must not touch it before it has
 * the saved registers: the frame there belongs to them. */
routine clone_context
	mov	x9, x1
	ldr	x1, [x1, #CTX_SP]
	mov	x5, x3
	mov	x3, x4
	mov	x4, x5
	mov	x8, #__NR_clone
	svc	#0
	cfi_caller_or_child
	cbz	x0, 1f
	.cfi_restore_state
	ret
1:	.cfi_undefined x30
	mov	x0, x9
	b	context_restore
end clone_context

/* _Noreturn void unmap_and_exit(void *mapping, size_t size)
 * Ends the thread and frees the stack it stands on; all signals are blocked,
 * for there is no stack for a handler between the two calls. */
routine unmap_and_exit
	mov	x8, #__NR_munmap
	svc	#0
	.cfi_undefined x30
	mov	x0, #0
	mov	x8, #__NR_exit
	svc	#0
	brk	#1
end unmap_and_exit

/* long restartable_call(long number, long a, ..., long f)
 * One system call, in a shape that the stop handler can take back.  It knows a
 * frame by its program counter (core/call.c tells what it does then):
 *   call_start      about to enter, or the kernel restarts the call by itself
 *   call_end        has just returned
 *   call_done       has returned, and the result stands
 *   call_again      a stop interrupted it: all is set up to enter again
 * The first argument waits in x9, for the result overwrites it; the number in
 * x10, for the kernel does when it restarts a call of another name. */
routine restartable_call
	.globl	call_start, call_end, call_done
	.globl	call_again, call_again_end
	mov	x8, x0
	mov	x0, x1
	mov	x1, x2
	mov	x2, x3
	mov	x3, x4
	mov	x4, x5
	mov	x5, x6
	mov	x9, x0
	mov	x10, x8
call_start:
	svc	#0
call_end:
	nop
call_done:
	ret
call_again:
	mov	x0, x9
	mov	x8, x10
	svc	#0
call_again_end:
	b	call_end
end restartable_call

/* Signal return.  GDB knows this stub by its name, by its very bytes, and by
 * the CFI, which it looks up at one byte before the return address: hence
 * the nop.  sp is at struct rt_sigframe; DWARF's register 32 is the pc. */
	.macro saved register, offset
	.cfi_escape 0x10, \register, 3, 0x8f, \
		((FRAME_REGS + \offset) & 0x7f) | 0x80, \
		(FRAME_REGS + \offset) >> 7
	.endm
	.text
	.globl	__restore_rt
	.type	__restore_rt, %function
	.balign	16
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_return_column 32
	.cfi_escape 0x0f, 4, 0x8f, 0xb0, 4, 0x06	/* CFA: saved sp, at 560 */
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32
	saved \n, 8 * \n		/* x0..x30, sp, pc */
	.endr
	nop
__restore_rt:
	mov	x8, #__NR_rt_sigreturn
	svc	#0
	.cfi_endproc
	.size	__restore_rt, . - __restore_rt

/* int shadow_stack_active(void)
 * chkfeat (a hint elsewhere) clears the bit of a feature that is on: GCS. */
routine shadow_stack_active
	mov	x16, #1
	hint	#40			/* chkfeat x16 */
	eor	x0, x16, #1
	ret
end shadow_stack_active

	.section .note.GNU-stack, "", %progbits
