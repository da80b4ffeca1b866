/* x86-64: what the files in assembly share. */
#include "arch.h"
#include <asm/unistd.h>

.macro routine name
	.text
	.globl \name
	.type \name, @function
	.balign 16
\name:	.cfi_startproc
.endm

.macro end name
	.cfi_endproc
	.size \name, . - \name
.endm

/* The instructions after a clone run in two tasks.  For GDB, the caller of the new
 * one, which got 0, is 6 bytes on: behind label 1, where nobody called.
 * DW_CFA_val_expression: rax ? *rsp : rip + 6. */
.macro cfi_caller_or_child
	.cfi_remember_state
	.cfi_escape 0x16, 16, 13, 0x70, 0, 0x28, 5, 0, 0x80, 6, 0x2f, 3, 0, \
		0x77, 0, 0x06
.endm
