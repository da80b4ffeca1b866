/* Case 41: scalable vectors: each thread has a vector length of its own, and in
 * every copy its Z and P registers.  Hard because the length is in no memory,
 * and the kernel kills a thread that returns through a frame of another one. */
#include "spin.h"
#include <asm/hwcap.h>
#include <linux/auxvec.h>
#include <linux/prctl.h>

#define LONGEST 256			/* bytes */

struct state {
	unsigned char z[32][LONGEST], p[16][LONGEST / 8], ffr[LONGEST / 8];
};

/* Loads the registers from arrays with as many bytes for each as they have,
 * spins, and stores them. */
struct arrays {
	void *z, *p, *ffr;
};
void spin(const struct arrays *in, const struct arrays *out);

#define FIRST_16 "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15"
#define LAST_16  "16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, " \
		 "30, 31"

__asm__(
"	.arch_extension sve\n"
"	.text\n"
"spin:\n"
"	stp	d8, d9, [sp, #-64]!\n"
"	stp	d10, d11, [sp, #16]\n"
"	stp	d12, d13, [sp, #32]\n"
"	stp	d14, d15, [sp, #48]\n"
"	ldp	x2, x3, [x0]\n"
"	ldr	x4, [x0, #16]\n"
"	ldr	p0, [x4]\n"
"	wrffr	p0.b\n"
"	.irp	n, " FIRST_16 "\n"
"	ldr	p\\n, [x3, #\\n, mul vl]\n"
"	.endr\n"
"	.irp	n, " FIRST_16 ", " LAST_16 "\n"
"	ldr	z\\n, [x2, #\\n, mul vl]\n"
"	.endr\n"

"	adrp	x2, ready\n"
"	add	x2, x2, :lo12:ready\n"
"1:	ldxr	w3, [x2]\n"
"	add	w3, w3, #1\n"
"	stxr	w4, w3, [x2]\n"
"	cbnz	w4, 1b\n"
"	adrp	x2, go\n"
"2:	ldr	w3, [x2, :lo12:go]\n"
"	cbz	w3, 2b\n"

"	ldp	x2, x3, [x1]\n"
"	ldr	x4, [x1, #16]\n"
"	.irp	n, " FIRST_16 "\n"
"	str	p\\n, [x3, #\\n, mul vl]\n"
"	.endr\n"
"	.irp	n, " FIRST_16 ", " LAST_16 "\n"
"	str	z\\n, [x2, #\\n, mul vl]\n"
"	.endr\n"
"	rdffr	p0.b\n"
"	str	p0, [x4]\n"
"	ldp	d10, d11, [sp, #16]\n"
"	ldp	d12, d13, [sp, #32]\n"
"	ldp	d14, d15, [sp, #48]\n"
"	ldp	d8, d9, [sp], #64\n"
"	ret\n"
"	.arch_extension nosve\n");

static unsigned long seed;

static void randomize(void *memory, size_t size, unsigned long *random)
{
	for (unsigned char *p = memory; size--; p++)
		*p = (unsigned char)random_next(random);
}

/* The number of the thread decides; the kernel takes the next length it has. */
static long set_length(long number)
{
	long length = system_call(__NR_prctl, PR_SVE_SET_VL,
				  16L << number % 5, 0, 0, 0);

	CHECK(length > 0);
	return length & PR_SVE_VL_LEN_MASK;
}

/* Arrays of a state, packed: what lies behind them stays 0. */
static struct arrays arrays(struct state *s)
{
	return (struct arrays){ s->z, s->p, s->ffr };
}

static void *spinner(void *number)
{
	unsigned long random = seed + (unsigned long)number * 7919;
	long length = set_length((long)number);
	struct arrays from, to;
	struct state in, out;

	memset(&in, 0, sizeof in);
	memset(&out, 0, sizeof out);
	randomize(in.z, (size_t)(32 * length), &random);
	randomize(in.p, (size_t)(16 * length / 8), &random);
	/* The first-fault register only ever has its first bits set. */
	memset(in.ffr, 0xff, random_next(&random) % (size_t)(length / 8));
	from = arrays(&in);
	to = arrays(&out);
	spin(&from, &to);
	if (memcmp(in.z, out.z, sizeof in.z))
		return "a Z register";
	if (memcmp(in.p, out.p, sizeof in.p))
		return "a P register";
	if (memcmp(in.ffr, out.ffr, sizeof in.ffr))
		return "the first-fault register";
	length = system_call(__NR_prctl, PR_SVE_GET_VL) - length;
	return length & PR_SVE_VL_LEN_MASK ? "the vector length" : NULL;
}

static unsigned long auxiliary(char **envp, unsigned long type)
{
	unsigned long *entry;

	while (*envp)
		envp++;
	for (entry = (unsigned long *)(envp + 1); *entry; entry += 2)
		if (*entry == type)
			return entry[1];
	return 0;
}

int main(int argc, char **argv, char **envp)
{
	if (!(auxiliary(envp, AT_HWCAP) & HWCAP_SVE))
		skip("the processor has no scalable vectors");
	seed = random_seed(argc, argv);
	spin_and_copy(spinner);
	return 0;
}
