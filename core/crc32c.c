/* CRC32C (Castagnoli), the checksum of the image: chosen because processors
 * compute it as fast as memory is read. */
#include "arch.h"
#include "image.h"

/* Written by crc32c_begin() alone: crc32c() itself must leave memory as it is,
 * for the writer calls it on the very memory that it is in. */
static int has_instruction;

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

void crc32c_begin(void)
{
	has_instruction = has_crc32c();
}

__u32 crc32c(__u32 crc, const void *bytes, size_t size)
{
	size_t whole = has_instruction ? size & ~7UL : 0;

	crc = ~crc;
	if (whole)
		crc = crc32c_words(crc, bytes, whole / 8);
	return ~crc32c_bytes(crc, (const unsigned char *)bytes + whole,
			     size - whole);
}
