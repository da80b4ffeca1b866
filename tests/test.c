/* The larger half of test.h: linked into every test. */
#include "test.h"
#include <linux/mman.h>

void *memory_shared(size_t size)
{
	long memory = system_call(__NR_mmap, 0, size, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(memory > 0);
	return (void *)memory;
}

/* The state is behind the last parenthesis: the name may have one, too. */
static char thread_state(int tid)
{
	char path[48], text[256], *p;
	long fd, n;

	format(path, sizeof path, "/proc/self/task/%d/stat", tid);
	fd = system_call(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	CHECK(fd >= 0);
	n = system_call(__NR_read, fd, text, sizeof text - 1);
	system_call(__NR_close, fd);
	CHECK(n > 0);
	text[n] = 0;
	for (p = text + n; *p != ')'; p--)
		;
	return p[2];
}

void wait_asleep(int tid)
{
	while (thread_state(tid) != 'S')
		system_call(__NR_sched_yield);
}
