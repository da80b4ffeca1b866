/* x86-64: what images need.  Registers and calls as in arch.S. */
#include "asm.h"

/* long clone3_context(const struct clone_args *, const struct context *)
 * The same by clone3, for what clone() cannot ask: a tid of one's choice.  The
 * arguments' stack ends at the saved stack pointer. */
routine clone3_context
	mov	%rsi, %r9
	mov	$CLONE_ARGS, %esi
	mov	$__NR_clone3, %eax
	syscall
	cfi_caller_or_child
	test	%eax, %eax
	jz	1f
	.cfi_restore_state
	ret
1:	.cfi_undefined rip
	mov	%r9, %rdi
	jmp	context_restore
end clone3_context

/* _Noreturn void run_on_stack(void (*function)(void *), void *argument, void *sp)
 * Leaves the stack it stands on for good; sp is 16-aligned. */
routine run_on_stack
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsp
	.cfi_undefined rip
	xor	%ebp, %ebp
	call	*%rax
	ud2
end run_on_stack

/* _Noreturn void restart_entry(const struct restart *)
 * The entry of an image.  Who called is restart, not the program: the debugger
 * does not know that code, and soon it is gone. */
routine restart_entry
	.cfi_undefined rip
	and	$-16, %rsp
	call	restarted
	ud2
end restart_entry

/* int has_crc32c(void)
 * Whether the processor has the instruction (SSE 4.2).  In a virtual machine
 * cpuid can take 50 us: ask once. */
routine has_crc32c
	mov	%rbx, %r8
	.cfi_register rbx, r8
	mov	$1, %eax
	cpuid
	mov	%r8, %rbx
	.cfi_restore rbx
	mov	%ecx, %eax
	shr	$20, %eax
	and	$1, %eax
	ret
end has_crc32c

/* unsigned crc32c_words(unsigned crc, const void *words, size_t count)
 * Continues the bare remainder, not inverted, over words of 8 bytes, which may
 * be unaligned.  Only where has_crc32c(). */
routine crc32c_words
	mov	%edi, %eax
	test	%rdx, %rdx
	jz	2f
1:	crc32q	(%rsi), %rax
	add	$8, %rsi
	dec	%rdx
	jnz	1b
2:	ret
end crc32c_words

/* void crc32c_three(unsigned crc[3], const void *words, size_t count)
 * The same over three runs of so many words, one behind the other, each with a
 * remainder of its own: the processor can begin one in each cycle, but has the
 * result three cycles later.  count is not 0. */
routine crc32c_three
	mov	(%rdi), %eax
	mov	4(%rdi), %ecx
	mov	8(%rdi), %r8d
	lea	(,%rdx,8), %r9		/* bytes of a run */
1:	crc32q	(%rsi), %rax
	crc32q	(%rsi,%r9), %rcx
	crc32q	(%rsi,%r9,2), %r8
	add	$8, %rsi
	dec	%rdx
	jnz	1b
	mov	%eax, (%rdi)
	mov	%ecx, 4(%rdi)
	mov	%r8d, 8(%rdi)
	ret
end crc32c_three

	.section .note.GNU-stack, "", @progbits
