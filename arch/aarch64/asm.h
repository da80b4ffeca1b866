/* aarch64: what the files in assembly share. */
#include "arch.h"
#include <asm/unistd.h>

.macro routine name
	.text
	.globl \name
	.type \name, %function
	.balign 16
\name:	.cfi_startproc
.endm

.macro end name
	.cfi_endproc
	.size \name, . - \name
.endm

/* The instructions after a clone run in two tasks.  For GDB, the caller of the new
 * one, which got 0, is 12 bytes on: behind label 1, where nobody called.
 * DW_CFA_val_expression: x0 ? x30 : pc + 12. */
.macro cfi_caller_or_child
	.cfi_remember_state
	.cfi_escape 0x16, 30, 13, 0x70, 0, 0x28, 6, 0, 0x92, 32, 12, 0x2f, 2, 0, \
		0x8e, 0
.endm
