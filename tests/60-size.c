/* Case 60: an image is its owner's alone to read, and memory that is zero, touched
 * or not, is not in it: one page that is not, is one page more. */
#include "restart.h"
#include <linux/mman.h>

#define ZEROS (64UL << 20)
#define SMALL (2UL << 20)		/* what the program itself may take */
#define PAGES 8				/* its stacks may have grown meanwhile */

static unsigned long size_of_image(void)
{
	struct statx s;

	CHECK_EQUAL(checkpoint(image_path), 0);
	CHECK_EQUAL(system_call(__NR_statx, AT_FDCWD, image_path, 0,
				STATX_TYPE | STATX_MODE | STATX_SIZE, &s), 0);
	CHECK_EQUAL(s.stx_mode & 07777, 0600);
	return s.stx_size;
}

static char *map_zeros(void)
{
	long r = system_call(__NR_mmap, 0, ZEROS, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(r > 0);
	return (char *)r;
}

int main(void)
{
	unsigned long before, after;
	char *touched;

	images_begin();
	map_zeros();
	touched = map_zeros();
	for (size_t i = 0; i < ZEROS; i += 4096) {
		*(volatile char *)&touched[i] = 1;
		*(volatile char *)&touched[i] = 0;
	}
	before = size_of_image();
	CHECK(before < SMALL);
	touched[ZEROS / 2 + 1] = 1;
	after = size_of_image();
	CHECK(after > before + 4096);
	CHECK(after <= before + PAGES * 65536);
	touched[ZEROS / 2 + 1] = 0;
	CHECK(size_of_image() < after);
	images_end();
	return 0;
}
