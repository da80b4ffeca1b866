/* CRC32C (Castagnoli), the checksum of the image: chosen because processors
 * compute it as fast as memory is read. */
#include "arch.h"
#include "image.h"

#define RUN 168				/* words; three are 64 bytes less than a page */

/* Written by crc32c_begin() alone: crc32c() itself must leave memory as it is,
 * for the writer calls it on the very memory that it is in.  passed: what becomes
 * of a remainder when RUN words of zeros follow, by each four bits of it. */
static int has_instruction;
static __u32 passed[8][16];

/* The remainder of each value of four bits.  The polynomial is 0x82f63b78, its
 * lowest coefficient in the highest bit; it is the entry of 8. */
static const __u32 remainders[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
	0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
	0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static __u32 crc32c_bytes(__u32 crc, const unsigned char *bytes, size_t size)
{
	while (size--) {
		crc ^= *bytes++;
		crc = crc >> 4 ^ remainders[crc & 15];
		crc = crc >> 4 ^ remainders[crc & 15];
	}
	return crc;
}

/* The remainder is linear: that of a sum is the sum of those of its bits.  An
 * image has been begun before, if this process comes from it. */
void crc32c_begin(void)
{
	static const __u64 zeros[RUN];

	has_instruction = has_crc32c();
	for (int bit = 0; has_instruction && bit < 32; bit++) {
		__u32 sum = crc32c_words(1U << bit, zeros, RUN);

		for (int value = 0; value < 16; value++) {
			if (bit % 4 == 0)
				passed[bit / 4][value] = 0;
			if (value & 1 << bit % 4)
				passed[bit / 4][value] ^= sum;
		}
	}
}

static __u32 pass(__u32 crc)
{
	__u32 sum = 0;

	for (int i = 0; i < 8; i++)
		sum ^= passed[i][crc >> 4 * i & 15];
	return sum;
}

static __u32 crc32c_runs(__u32 crc, const __u64 *words, size_t count)
{
	for (; count >= 3 * RUN; words += 3 * RUN, count -= 3 * RUN) {
		unsigned run[3] = { crc, 0, 0 };

		crc32c_three(run, words, RUN);
		crc = pass(pass(run[0]) ^ run[1]) ^ run[2];
	}
	return crc32c_words(crc, words, count);
}

__u32 crc32c(__u32 crc, const void *bytes, size_t size)
{
	size_t whole = has_instruction ? size & ~7UL : 0;

	crc = ~crc;
	if (whole)
		crc = crc32c_runs(crc, bytes, whole / 8);
	return ~crc32c_bytes(crc, (const unsigned char *)bytes + whole,
			     size - whole);
}
