/* Case 41: a thread that is stopped between any two instructions goes on with
 * all integer and vector registers, flags and floating-point control words, in P
 * and in each copy.  Hard because the copy's kernel thread has never had them:
 * they come from a frame that another one has filled. */
#include "spin.h"

#define CONDITIONS 0xf0000000		/* N, Z, C, V */
#define FPCR       0x03c00000		/* rounding, flush to zero, default NaN */
#define FPSR       0x0800009f		/* saturated, and the exceptions */

struct state {
	unsigned long x[31], conditions, fpcr, fpsr;
	unsigned long v[64];
};
_Static_assert(offsetof(struct state, conditions) == 248, "conditions");
_Static_assert(offsetof(struct state, v) == 272, "v");

/* Loads the registers from *in, spins, and stores them to *out.  x16 polls. */
void spin(const struct state *in, struct state *out);

#define FROM_17_ON "17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30"
#define FROM_1_ON  "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, "
#define ALL        "0, " FROM_1_ON "16, " FROM_17_ON ", 31"

__asm__(
"	.text\n"
"spin:\n"
"	stp	x29, x30, [sp, #-192]!\n"
"	stp	x19, x20, [sp, #16]\n"
"	stp	x21, x22, [sp, #32]\n"
"	stp	x23, x24, [sp, #48]\n"
"	stp	x25, x26, [sp, #64]\n"
"	stp	x27, x28, [sp, #80]\n"
"	stp	d8, d9, [sp, #96]\n"
"	stp	d10, d11, [sp, #112]\n"
"	stp	d12, d13, [sp, #128]\n"
"	stp	d14, d15, [sp, #144]\n"
"	mrs	x2, fpcr\n"
"	mrs	x3, fpsr\n"
"	stp	x2, x3, [sp, #160]\n"
"	str	x1, [sp, #176]\n"

"	adrp	x16, ready\n"
"	add	x16, x16, :lo12:ready\n"
"1:	ldxr	w2, [x16]\n"
"	add	w2, w2, #1\n"
"	stxr	w3, w2, [x16]\n"
"	cbnz	w3, 1b\n"
"	ldp	x2, x3, [x0, #248]\n"
"	ldr	x4, [x0, #264]\n"
"	msr	nzcv, x2\n"
"	msr	fpcr, x3\n"
"	msr	fpsr, x4\n"
"	.irp	n, " ALL "\n"
"	ldr	q\\n, [x0, #272 + 16 * \\n]\n"
"	.endr\n"
"	.irp	n, " FROM_1_ON FROM_17_ON ", 0\n"
"	ldr	x\\n, [x0, #8 * \\n]\n"
"	.endr\n"

"2:	adrp	x16, go\n"
"	ldr	w16, [x16, :lo12:go]\n"
"	cbz	w16, 2b\n"

"	ldr	x16, [sp, #176]\n"
"	.irp	n, 0, " FROM_1_ON FROM_17_ON "\n"
"	str	x\\n, [x16, #8 * \\n]\n"
"	.endr\n"
"	mrs	x2, nzcv\n"
"	mrs	x3, fpcr\n"
"	mrs	x4, fpsr\n"
"	stp	x2, x3, [x16, #248]\n"
"	str	x4, [x16, #264]\n"
"	.irp	n, " ALL "\n"
"	str	q\\n, [x16, #272 + 16 * \\n]\n"
"	.endr\n"

"	ldp	x2, x3, [sp, #160]\n"
"	msr	fpcr, x2\n"
"	msr	fpsr, x3\n"
"	ldp	d8, d9, [sp, #96]\n"
"	ldp	d10, d11, [sp, #112]\n"
"	ldp	d12, d13, [sp, #128]\n"
"	ldp	d14, d15, [sp, #144]\n"
"	ldp	x19, x20, [sp, #16]\n"
"	ldp	x21, x22, [sp, #32]\n"
"	ldp	x23, x24, [sp, #48]\n"
"	ldp	x25, x26, [sp, #64]\n"
"	ldp	x27, x28, [sp, #80]\n"
"	ldp	x29, x30, [sp], #192\n"
"	ret\n");

static unsigned long seed;

static void *spinner(void *number)
{
	unsigned long random = seed + (unsigned long)number * 7919;
	unsigned long *word;
	struct state in, out;

	for (word = in.x; word < in.v + 64; word++)
		*word = random_next(&random) * 0x100000001UL;
	in.conditions &= CONDITIONS;
	in.fpcr &= FPCR;
	in.fpsr &= FPSR;
	in.x[16] = out.x[16] = 0;
	spin(&in, &out);
	out.x[16] = 0;
	if (memcmp(in.x, out.x, sizeof in.x))
		return "an integer register";
	if (in.conditions != out.conditions)
		return "the flags";
	if (in.fpcr != out.fpcr || in.fpsr != out.fpsr)
		return "a control word";
	return memcmp(in.v, out.v, sizeof in.v) ? "a vector register" : NULL;
}

int main(int argc, char **argv)
{
	seed = random_seed(argc, argv);
	spin_and_copy(spinner);
	return 0;
}
