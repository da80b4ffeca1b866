/* Case 59: CRC32C is the one of RFC 3720 (B.4), by table and by instruction, in one
 * go and in parts, of memory that begins anywhere. */
#include "arch.h"
#include "image.h"
#include "test.h"

static void check_vectors(void)
{
	unsigned char bytes[32];

	CHECK_EQUAL(crc32c(0, "123456789", 9), 0xe3069283);
	CHECK_EQUAL(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
	CHECK_EQUAL(crc32c(7, "", 0), 7);
	memset(bytes, 0, 32);
	CHECK_EQUAL(crc32c(0, bytes, 32), 0x8a9136aa);
	memset(bytes, 0xff, 32);
	CHECK_EQUAL(crc32c(0, bytes, 32), 0x62a8ab43);
	for (int i = 0; i < 32; i++)
		bytes[i] = (unsigned char)i;
	CHECK_EQUAL(crc32c(0, bytes, 32), 0x46dd794e);
}

/* By table before crc32c_begin(), by instruction, if there is one, after it. */
static void check_crc32c(unsigned long seed)
{
	static unsigned char bytes[20000];
	static struct { unsigned begin, size, first, sum; } parts[1000];

	for (unsigned i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)random_next(&seed);
	check_vectors();
	for (int i = 0; i < 1000; i++) {
		parts[i].begin = random_next(&seed) % 64;
		parts[i].size = random_next(&seed) % (i < 500 ? 64 : 19900);
		parts[i].first = random_next(&seed);
		parts[i].sum = crc32c(parts[i].first, bytes + parts[i].begin,
				      parts[i].size);
	}
	crc32c_begin();
	check_vectors();
	for (int i = 0; i < 1000; i++)
		CHECK_EQUAL(crc32c(parts[i].first, bytes + parts[i].begin,
				   parts[i].size), parts[i].sum);
	if (!has_crc32c())
		print("no instruction for CRC32C\n");
}

int main(int argc, char **argv)
{
	check_crc32c(random_seed(argc, argv));
	return 0;
}
