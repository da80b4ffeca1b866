/* All kinds of memory in a restarted process: shared with a file, which has what
 * has been written since; shared without; what may not be read; a file's,
 * privately, with a page changed and one behind the end; pages of zero; large
 * and sparse.  The same from an image of a process restarted lazily. */
#include "restarted.h"
#include "proc.h"
#include <linux/mman.h>
#undef forkall

#define PAGE  65536L			/* the largest that a machine has */
#define LARGE (1L << 36)
#define GENERATIONS 4

static char *file_shared, *file_read, *shared, *none, *write_only, *read_only,
	*private_file, *zeros, *large;

static char *map(long size, int protection, int flags, int fd, long offset)
{
	long r = system_call(__NR_mmap, 0, size, protection, flags, fd, offset);

	CHECK(r > 0);
	return (char *)r;
}

static char *anonymous(long size, int protection, int flags)
{
	return map(size, protection, flags | MAP_ANONYMOUS, -1, 0);
}

static void protect(char *at, long size, int protection)
{
	CHECK_EQUAL(system_call(__NR_mprotect, at, size, protection), 0);
}

/* A page is empty, the next ends with the file. */
static void make_file(const char *path)
{
	long fd = system_call(__NR_openat, AT_FDCWD, path, O_RDWR | O_CREAT,
			      0600);
	static char page[PAGE];

	CHECK(fd >= 0);
	memset(page, 'f', sizeof page);
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(system_call(__NR_pwrite64, fd, page, PAGE,
					i * PAGE), PAGE);
	file_shared = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			  (int)fd, PAGE);
	file_read = map(PAGE, PROT_READ, MAP_SHARED, (int)fd, 0);
	private_file = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			   (int)fd, 0);
	system_call(__NR_close, fd);
}

static void make_memory(const char *path)
{
	const int both = PROT_READ | PROT_WRITE;

	make_file(path);
	file_shared[1] = 's';
	private_file[PAGE] = 'p';
	shared = anonymous(2 * PAGE, both, MAP_SHARED);
	shared[PAGE] = 'a';
	none = anonymous(3 * PAGE, both, MAP_PRIVATE);
	none[PAGE] = 'n';
	protect(none, 3 * PAGE, PROT_NONE);
	write_only = anonymous(PAGE, both, MAP_PRIVATE);
	write_only[1] = 'w';
	protect(write_only, PAGE, PROT_WRITE);
	read_only = anonymous(PAGE, both, MAP_PRIVATE);
	read_only[2] = 'r';
	protect(read_only, PAGE, PROT_READ);
	zeros = anonymous(4 * PAGE, both, MAP_PRIVATE);
	zeros[PAGE] = 'z';
	zeros[PAGE] = 0;
	zeros[2 * PAGE] = '2';
	large = anonymous(LARGE, both, MAP_PRIVATE | MAP_NORESERVE);
	large[LARGE / 2] = 'l';
	large[LARGE - 1] = 'e';
}

static void check_bytes(const char *at, long size, int byte)
{
	for (long i = 0; i < size; i++)
		CHECK_EQUAL(at[i], byte);
}

/* The kernel reports what it may not touch. */
static long probe(const void *at, int writes)
{
	int ends[2];
	long r;

	open_pipe(ends);
	tell(ends);
	r = writes ? system_call(__NR_read, ends[0], at, 1) :
		     system_call(__NR_write, ends[1], at, 1);
	system_call(__NR_close, ends[0]);
	system_call(__NR_close, ends[1]);
	return r;
}

static void check_memory(int generation)
{
	CHECK_EQUAL(file_shared[0], 'f');
	CHECK_EQUAL(file_shared[1], 's');
	CHECK_EQUAL(file_shared[2], 'f' + generation);	/* the file's */
	CHECK_EQUAL(file_read[PAGE - 1], 'f');
	CHECK_EQUAL(probe(file_read, 1), -EFAULT);
	check_bytes(private_file, PAGE, 'f');
	CHECK_EQUAL(private_file[PAGE], 'p');
	check_bytes(private_file + PAGE + 8, PAGE - 8, 'f');
	CHECK_EQUAL(shared[0], 0);
	CHECK_EQUAL(shared[PAGE], 'a');
	CHECK_EQUAL(probe(none + PAGE, 0), -EFAULT);
	CHECK_EQUAL(probe(read_only, 1), -EFAULT);
	CHECK_EQUAL(read_only[2], 'r');
	CHECK_EQUAL(probe(write_only, 1), 1);
	protect(none, 3 * PAGE, PROT_READ);
	check_bytes(none, PAGE, 0);
	CHECK_EQUAL(none[PAGE], 'n');
	protect(none, 3 * PAGE, PROT_NONE);
	protect(write_only, PAGE, PROT_READ);
	CHECK_EQUAL(write_only[1], 'w');
	protect(write_only, PAGE, PROT_WRITE);
	check_bytes(zeros, 2 * PAGE, 0);
	CHECK_EQUAL(zeros[2 * PAGE], '2');
	check_bytes(zeros + 3 * PAGE, PAGE, 0);
	CHECK_EQUAL(large[0], 0);
	CHECK_EQUAL(large[LARGE / 2], 'l');
	CHECK_EQUAL(large[LARGE - 1], 'e');
	large[LARGE / 4] = 'q';
	zeros[2 * PAGE + 1] = zeros[PAGE + 1] = 'y';
	zeros[2 * PAGE + 1] = zeros[PAGE + 1] = 0;
}

/* Each restarted process takes the next image.  What it writes to the file, the
 * original sees in the end. */
int main(void)
{
	int generation = 0, pid = 0;

	images_begin();
	make_memory(image_path);
	check_memory(0);
	while (pid == 0 && generation < GENERATIONS) {
		pid = restarted_copy();
		CHECK(pid >= 0);
		if (pid == 0) {
			check_memory(generation++);
			file_shared[2] = (char)('f' + generation);
		}
	}
	if (pid > 0) {
		reap(pid);
		check_memory(GENERATIONS);
	}
	if (generation)
		process_exit(0);
	images_end();
	return 0;
}
