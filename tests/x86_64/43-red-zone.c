/* Case 43: the 128 bytes below the stack pointer belong to leaf code, and hold
 * what they held after every stop.  Hard because all that the stop does happens
 * on the same stack. */
#include "spin.h"

#define WORDS 16

/* Loads the red zone from in, spins, and stores it to out. */
void spin(const unsigned long *in, unsigned long *out);

__asm__(
"	.text\n"
"spin:\n"
"	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16\n"
"	mov	8*(\\n-1)(%rdi), %rax\n"
"	mov	%rax, -8*\\n(%rsp)\n"
"	.endr\n"
"	lock	incl ready(%rip)\n"
"1:	cmpl	$0, go(%rip)\n"
"	je	1b\n"
"	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16\n"
"	mov	-8*\\n(%rsp), %rax\n"
"	mov	%rax, 8*(\\n-1)(%rsi)\n"
"	.endr\n"
"	ret\n");

static unsigned long seed;

static void *spinner(void *number)
{
	unsigned long random = seed + (unsigned long)number * 7919;
	unsigned long in[WORDS], out[WORDS];

	for (int i = 0; i < WORDS; i++)
		in[i] = random_next(&random) * 0x100000001UL;
	spin(in, out);
	return memcmp(in, out, sizeof in) ? "the red zone" : NULL;
}

int main(int argc, char **argv)
{
	seed = random_seed(argc, argv);
	spin_and_copy(spinner);
	return 0;
}
