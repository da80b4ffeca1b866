/* Case 41: the vector state of a stopped thread, of whatever size the kernel
 * saves (x87, SSE, AVX, AVX-512, AMX) with its control words, is there in each
 * copy.  Hard because no code of the library knows it: XRSTOR loads all of it at
 * once, each thread spins with values of its own, and XSAVE stores it. */
#include "spin.h"
#include <cpuid.h>
#include <linux/mman.h>

#define X87_SSE      3UL		/* bits of XCR0 */
#define PROTECTION   (1UL << 9)		/* PKRU: memory would be out of reach */
#define BOUNDS       (3UL << 3)		/* MPX: gone from Linux */
#define TILE_CONFIG  17
#define TILES        (3UL << TILE_CONFIG)
#define REQUEST_PERMISSION 0x1023	/* arch_prctl() */

/* The legacy part of an XSAVE area, and its header. */
struct area {
	unsigned short fcw, fsw;
	unsigned char ftw, unused[19];
	unsigned int mxcsr, mxcsr_mask;
	unsigned char st[8][16], xmm[256], reserved[96];
	unsigned long present, header[7];
};
_Static_assert(sizeof(struct area) == 576, "XSAVE");

static unsigned long features, seed;
static struct component {
	unsigned size, offset;
} components[64];
static size_t area_size;

/* own: room for what the caller has. */
void spin(const struct area *in, struct area *out, struct area *own,
	  unsigned long mask);

__asm__(
"	.text\n"
"spin:\n"
"	mov	%rdx, %r8\n"
"	mov	%ecx, %eax\n"
"	mov	%rcx, %rdx\n"
"	shr	$32, %rdx\n"
"	xsave64	(%r8)\n"
"	xrstor64 (%rdi)\n"
"	lock	incl ready(%rip)\n"
"1:	cmpl	$0, go(%rip)\n"
"	je	1b\n"
"	xsave64	(%rsi)\n"
"	xrstor64 (%r8)\n"
"	ret\n");

static void find_features(void)
{
	unsigned a, b, c, d, low, high;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
		skip("the processor has no XSAVE");
	__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	features = (unsigned long)high << 32 | low;
	features &= ~(PROTECTION | BOUNDS);
	if ((features & TILES) &&
	    system_call(__NR_arch_prctl, REQUEST_PERMISSION, TILE_CONFIG + 1))
		features &= ~TILES;
	for (unsigned i = 2; i < 63; i++)
		if (features >> i & 1)
			__cpuid_count(13, i, components[i].size,
				      components[i].offset, c, d);
	__cpuid_count(13, 0, a, b, area_size, d);
	print("features %lx, %lu bytes\n", features, area_size);
}

static void randomize(void *memory, size_t size, unsigned long *random)
{
	for (unsigned char *p = memory; size--; p++)
		*p = (unsigned char)random_next(random);
}

/* The configuration of tiles is checked: eight of them, of 16 rows of 64
 * bytes. */
static void configure_tiles(unsigned char *config)
{
	memset(config, 0, 64);
	config[0] = 1;
	for (int i = 0; i < 8; i++) {
		config[16 + 2 * i] = 64;
		config[48 + i] = 16;
	}
}

/* Control words: a rounding mode, and flush to zero. */
static void fill(struct area *area, unsigned long random)
{
	unsigned mode = random_next(&random);

	area->fcw = (unsigned short)(0x37f | (mode & 3) << 10);
	area->ftw = 0xff;
	area->mxcsr = 0x1f80 | (mode & 3) << 13 | (mode & 4) << 13;
	for (int i = 0; i < 8; i++)
		randomize(area->st[i], 10, &random);
	randomize(area->xmm, sizeof area->xmm, &random);
	for (int i = 2; i < 63; i++)
		randomize((char *)area + components[i].offset,
			  components[i].size, &random);
	if (features & TILES)
		configure_tiles((unsigned char *)area +
				components[TILE_CONFIG].offset);
	area->present = features;
}

static char *compare(const struct area *a, const struct area *b)
{
	if (a->fcw != b->fcw || a->mxcsr != b->mxcsr)
		return "a control word";
	if (a->ftw != b->ftw || memcmp(a->st, b->st, sizeof a->st))
		return "the x87 registers";
	if (memcmp(a->xmm, b->xmm, sizeof a->xmm))
		return "the SSE registers";
	for (int i = 2; i < 63; i++)
		if (memcmp((char *)a + components[i].offset,
			   (char *)b + components[i].offset,
			   components[i].size))
			return i == 2 ? "AVX" : i < 8 ? "AVX-512" : "others";
	return NULL;
}

static struct area *new_area(void)
{
	return (void *)system_call(__NR_mmap, 0, area_size,
				   PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void *spinner(void *number)
{
	struct area *in = new_area(), *out = new_area(), *own = new_area();
	char *wrong;

	fill(in, seed + (unsigned long)number * 7919);
	spin(in, out, own, features);
	wrong = compare(in, out);
	system_call(__NR_munmap, in, area_size);
	system_call(__NR_munmap, out, area_size);
	system_call(__NR_munmap, own, area_size);
	return wrong;
}

int main(int argc, char **argv)
{
	find_features();
	seed = random_seed(argc, argv);
	spin_and_copy(spinner);
	return 0;
}
