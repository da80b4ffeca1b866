/* aarch64: what tests/image_program.c cannot say in C. */
#define ZONE      2048			/* struct leaf */
#define SEEN      2176
#define SEEN_ZONE 4224
#define GENERAL   4352
#define READY     4360
#define GO        4364

	.macro	each_vector move
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\move	q\n, [x3, #64 * \n]
	.endr
	.endm

	.text
/* void vector_leaf(struct leaf *, int size)
 * Loads the vector registers, says that it is ready, waits until it may go, and
 * tells what it found in them.  There is no red zone here. */
	.globl	vector_leaf
	.type	vector_leaf, @function
	.balign	16
vector_leaf:
	.cfi_startproc
	mov	x3, x0
	each_vector ldr
	ldr	x4, =GENERAL
	ldr	x8, [x0, x4]
	add	x9, x8, #1
	add	x10, x8, #2
	ldr	x4, =READY
	mov	w5, #1
	str	w5, [x0, x4]
	ldr	x4, =GO
1:	yield
	ldr	w5, [x0, x4]
	cbz	w5, 1b
	add	x3, x0, #SEEN & 0xf000
	add	x3, x3, #SEEN & 0xfff
	each_vector str
	mov	x5, #0
	ldr	x6, =ZONE
	ldr	x7, =SEEN_ZONE
2:	ldr	x4, [x0, x6]
	str	x4, [x0, x7]
	add	x6, x6, #8
	add	x7, x7, #8
	add	x5, x5, #1
	cmp	x5, #16
	b.ne	2b
	ret
	.cfi_endproc
	.size	vector_leaf, . - vector_leaf
	.ltorg

/* int vector_size(void): bytes of a register. */
	.globl	vector_size
	.type	vector_size, @function
	.balign	16
vector_size:
	.cfi_startproc
	mov	w0, #16
	ret
	.cfi_endproc
	.size	vector_size, . - vector_size

	.section .note.GNU-stack, "", @progbits
