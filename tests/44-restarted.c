/* Case 44: a restarted process has the mappings that the original had, with their
 * protections, and nothing of restart's; the stack grows, brk() goes on where it
 * was, and /proc shows the arguments of the program.  The original's list is in
 * the image's memory, where the restarted process compares it with its own. */
#include "restart.h"
#include "crew.h"

#define TEXT 65536

static char before[TEXT], now[TEXT], command[256];

static size_t read_file(const char *path, char *text, size_t room)
{
	long fd = system_call(__NR_openat, AT_FDCWD, path, O_RDONLY, 0), n;
	size_t size = 0;

	CHECK(fd >= 0);
	while ((n = system_call(__NR_read, fd, text + size, room - size)) > 0)
		size += (size_t)n;
	CHECK_EQUAL(n, 0);
	CHECK(size < room);
	text[size] = 0;
	system_call(__NR_close, fd);
	return size;
}

/* Of the kernel's list remain ranges and protections, of neighbours with the
 * same protection one range; the kernel's own mappings do not count.  What was a
 * file is anonymous now, and a heap may have lost its name. */
static void read_mappings(char *text)
{
	char *from = text, *to = text, *line = NULL;

	read_file("/proc/self/maps", text, TEXT);
	while (*from) {
		char *end = from, *letters, *dash = from;
		int kernels = 0, same;

		while (*end != '\n')
			end++;
		for (letters = from; *letters != ' '; letters++)
			;
		while (*dash != '-')
			dash++;
		for (char *p = letters; p < end; p++)
			kernels |= memcmp(p, "[v", 2) == 0;
		/* begin-end rwxp */
		same = line && to - line > letters - from &&
			!kernels && memcmp(to - 6, letters, 5) == 0 &&
			memcmp(to - 6 - (letters - dash - 1), from,
			       (size_t)(dash - from)) == 0;
		if (same) {
			char *at = to - 6 - (letters - dash - 1);

			memmove(at, dash + 1, (size_t)(letters + 5 - dash - 1));
			to = at + (letters + 5 - dash - 1);
			*to++ = '\n';
		} else if (!kernels) {
			line = to;
			memmove(to, from, (size_t)(letters + 5 - from));
			to += letters + 5 - from;
			*to++ = '\n';
		}
		from = end + 1;
	}
	*to = 0;
}

/* Far below what has ever been in use. */
static __attribute__((noinline)) int recurse(int depth)
{
	volatile char room[4000];

	room[0] = (char)depth;
	return depth == 0 ? 0 : recurse(depth - 1) + (room[0] == (char)depth);
}

static void check_same(long end)
{
	char line[256] = { 0 };
	size_t n;

	read_mappings(now);
	if (strcmp(before, now))
		eprint("%s---\n%s", before, now);
	CHECK_EQUAL(strcmp(before, now), 0);
	n = read_file("/proc/self/cmdline", line, sizeof line);
	CHECK(n > 0);
	if (system_call(__NR_brk, 0) == end)	/* the kernel can be told */
		CHECK_EQUAL(memcmp(line, command, n + 1), 0);
	else
		print("the kernel cannot be told of the old brk\n");
}

static void check_brk(long end)
{
	if (system_call(__NR_brk, 0) != end)
		return;
	CHECK_EQUAL(*(long *)(end - 8192), 4711);
	CHECK_EQUAL(system_call(__NR_brk, end + 8192), end + 8192);
	*(long *)(end + 8192 - sizeof(long)) = 4712;
	CHECK_EQUAL(system_call(__NR_brk, end), end);
}

static void test(int n)
{
	static const char *const options[] = { "--", "--lazy", "--ordered" };
	long end;
	int r;

	crew_muster(n);
	recurse(20);
	end = system_call(__NR_brk, system_call(__NR_brk, 0) + 16384);
	*(long *)(end - 8192) = 4711;
	read_file("/proc/self/cmdline", command, sizeof command);
	read_mappings(before);
	r = checkpoint(image_path);
	CHECK(r >= 0);
	check_same(end);
	crew_roll_call();
	check_brk(end);
	CHECK_EQUAL(recurse(1500), 1500);
	crew_dismiss();
	if (r == 1)
		process_exit(0);
	for (int i = 0; i < 3; i++)
		reap(restart_image(options[i]));
}

int main(void)
{
	images_begin();
	for_each_count(n)
		test(n);
	images_end();
	return 0;
}
