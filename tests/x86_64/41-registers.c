/* Case 41: a thread that is stopped between any two instructions goes on with
 * all integer registers and flags, the direction flag too, in P and in each
 * copy.  Hard because the copy's kernel thread has never had them: they come
 * from a frame that another one has filled. */
#include "spin.h"

#define REGISTERS 14			/* all but rsp, and rcx that polls */
#define FLAGS     0xcd5			/* all that programs set */

struct state {
	unsigned long registers[REGISTERS], flags;
};

/* Loads the registers from *in, spins, and stores them to *out. */
void spin(const struct state *in, struct state *out);

__asm__(
"	.text\n"
"spin:\n"
"	.irp	r, rbx, rbp, r12, r13, r14, r15, rsi\n"
"	push	%\\r\n"
"	.endr\n"
"	sub	$120, %rsp\n"
"	mov	%rdi, %rsi\n"
"	mov	%rsp, %rdi\n"
"	mov	$15, %ecx\n"
"	rep	movsq\n"
"	.irp	r, rax, rbx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, "
		"r14, r15\n"
"	pop	%\\r\n"
"	.endr\n"
"	lock	incl ready(%rip)\n"
"	popfq\n"
"1:	mov	go(%rip), %ecx\n"
"	jecxz	1b\n"
"	pushfq\n"
"	.irp	r, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, "
		"rbx, rax\n"
"	push	%\\r\n"
"	.endr\n"
"	cld\n"
"	mov	%rsp, %rsi\n"
"	mov	120(%rsp), %rdi\n"
"	mov	$15, %ecx\n"
"	rep	movsq\n"
"	add	$128, %rsp\n"
"	.irp	r, r15, r14, r13, r12, rbp, rbx\n"
"	pop	%\\r\n"
"	.endr\n"
"	ret\n");

static unsigned long seed;

static void *spinner(void *number)
{
	unsigned long random = seed + (unsigned long)number * 7919;
	struct state in, out;

	for (int i = 0; i < REGISTERS; i++)
		in.registers[i] = random_next(&random) * 0x100000001UL;
	in.flags = random_next(&random) & FLAGS;
	spin(&in, &out);
	if (memcmp(in.registers, out.registers, sizeof in.registers))
		return "an integer register";
	return (out.flags & FLAGS) == in.flags ? NULL : "the flags";
}

int main(int argc, char **argv)
{
	seed = random_seed(argc, argv);
	spin_and_copy(spinner);
	return 0;
}
