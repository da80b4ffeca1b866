/* x86-64: what tests/image_program.c cannot say in C. */
#define ZONE      2048			/* struct leaf */
#define SEEN      2176
#define SEEN_ZONE 4224
#define GENERAL   4352
#define READY     4360
#define GO        4364

	.macro	each_vector move, register, count, load, at
	.altmacro
	i = 0
	.rept	\count
	one_vector \move, \register, %i, \load, %(\at + 64 * i)
	i = i + 1
	.endr
	.noaltmacro
	.endm
	.macro	one_vector move, register, i, load, offset
	.if	\load
	\move	\offset(%rdi), %\register\i
	.else
	\move	%\register\i, \offset(%rdi)
	.endif
	.endm

	.macro	all_vectors load, at
	cmp	$64, %esi
	je	64f
	cmp	$32, %esi
	je	32f
	each_vector movdqu, xmm, 16, \load, \at
	jmp	1f
32:	each_vector vmovdqu, ymm, 16, \load, \at
	jmp	1f
64:	each_vector vmovdqu64, zmm, 32, \load, \at
1:
	.endm

	.text
/* void vector_leaf(struct leaf *, int size)
 * Loads the vector registers and the red zone, says that it is ready, waits until
 * it may go, and tells what it found in them. */
	.globl	vector_leaf
	.type	vector_leaf, @function
	.balign	16
vector_leaf:
	.cfi_startproc
	all_vectors 1, 0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	mov	ZONE + 8 * \n(%rdi), %rax
	mov	%rax, -8 - 8 * \n(%rsp)
	.endr
	mov	GENERAL(%rdi), %r8
	lea	1(%r8), %r9
	lea	2(%r8), %r10
	movl	$1, READY(%rdi)
2:	pause
	cmpl	$0, GO(%rdi)
	je	2b
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	mov	-8 - 8 * \n(%rsp), %rax
	mov	%rax, SEEN_ZONE + 8 * \n(%rdi)
	.endr
	all_vectors 0, SEEN
	ret
	.cfi_endproc
	.size	vector_leaf, . - vector_leaf

/* int vector_size(void): bytes of a register, as processor and kernel have it. */
	.globl	vector_size
	.type	vector_size, @function
	.balign	16
vector_size:
	.cfi_startproc
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	mov	$16, %r8d
	mov	$1, %eax
	cpuid
	bt	$27, %ecx		/* XGETBV */
	jnc	1f
	xor	%ecx, %ecx
	xgetbv
	mov	%eax, %r9d
	and	$6, %eax
	cmp	$6, %eax
	jne	1f
	mov	$32, %r8d
	and	$0xe6, %r9d
	cmp	$0xe6, %r9d
	jne	1f
	mov	$64, %r8d
1:	mov	%r8d, %eax
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbx
	ret
	.cfi_endproc
	.size	vector_size, . - vector_size

	.section .note.GNU-stack, "", @progbits
