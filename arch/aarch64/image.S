/* aarch64: what images need.  Registers and calls as in arch.S. */
#include "asm.h"

/* long clone3_context(const struct clone_args *, const struct context *)
 * The same by clone3, for what clone() cannot ask: a tid of one's choice.  The
 * arguments' stack ends at the saved stack pointer. */
routine clone3_context
	mov	x9, x1
	mov	x1, #CLONE_ARGS
	mov	x8, #__NR_clone3
	svc	#0
	cfi_caller_or_child
	cbz	x0, 1f
	.cfi_restore_state
	ret
1:	.cfi_undefined x30
	mov	x0, x9
	b	context_restore
end clone3_context

/* _Noreturn void run_on_stack(void (*function)(void *), void *argument, void *sp)
 * Leaves the stack it stands on for good; sp is 16-aligned. */
routine run_on_stack
	mov	sp, x2
	.cfi_undefined x30
	mov	x9, x0
	mov	x0, x1
	mov	x29, #0
	mov	x30, #0
	blr	x9
	brk	#1
end run_on_stack

/* _Noreturn void restart_entry(const struct restart *)
 * The entry of an image.  Who called is restart, not the program: the debugger
 * does not know that code, and soon it is gone. */
routine restart_entry
	.cfi_undefined x30
	mov	x29, #0
	mov	x30, #0
	bl	restarted
	brk	#1
end restart_entry

/* int has_crc32c(void)
 * Whether the processor has the instruction (ARMv8.1, optional before).  The
 * kernel reads the register for the program, in a trap: ask once. */
routine has_crc32c
	mrs	x0, id_aa64isar0_el1
	ubfx	x0, x0, #16, #4
	cmp	x0, #0
	cset	w0, ne
	ret
end has_crc32c

/* unsigned crc32c_words(unsigned crc, const void *words, size_t count)
 * Continues the bare remainder, not inverted, over words of 8 bytes, which may
 * be unaligned.  Only where has_crc32c(). */
	.arch_extension crc
routine crc32c_words
	cbz	x2, 2f
1:	ldr	x3, [x1], #8
	crc32cx	w0, w0, x3
	sub	x2, x2, #1
	cbnz	x2, 1b
2:	ret
end crc32c_words

/* void crc32c_three(unsigned crc[3], const void *words, size_t count)
 * The same over three runs of so many words, one behind the other, each with a
 * remainder of its own: the processor can begin one in each cycle, but has the
 * result some cycles later.  count is not 0. */
routine crc32c_three
	ldp	w3, w4, [x0]
	ldr	w5, [x0, #8]
	lsl	x6, x2, #3		/* bytes of a run */
	lsl	x7, x2, #4
1:	ldr	x9, [x1]
	ldr	x10, [x1, x6]
	ldr	x11, [x1, x7]
	crc32cx	w3, w3, x9
	crc32cx	w4, w4, x10
	crc32cx	w5, w5, x11
	add	x1, x1, #8
	sub	x2, x2, #1
	cbnz	x2, 1b
	stp	w3, w4, [x0]
	str	w5, [x0, #8]
	ret
end crc32c_three

	.section .note.GNU-stack, "", %progbits
