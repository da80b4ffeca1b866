/* Case 44: C has exactly the mappings of P, whoever called, and so has C's copy:
 * no scratch stack is left, no guard page lost.  Hard because C begins on a stack
 * that none of its threads may use.  At the end the threads' memory is freed. */
#include "proc.h"

#define TEXT_SIZE (64 << 10)

static struct barrier end;

static void *member(void *unused)
{
	barrier_wait(&end);
	return unused;
}

static size_t read_maps(int pid, char *text)
{
	char path[32];
	size_t size = 0;
	long fd, n;

	format(path, sizeof path, "/proc/%d/maps", pid);
	fd = system_call(__NR_openat, AT_FDCWD, path, O_RDONLY, 0);
	CHECK(fd >= 0);
	while ((n = system_call(__NR_read, fd, text + size, TEXT_SIZE - size)))
		size += (size_t)n;
	CHECK(size < TEXT_SIZE);
	system_call(__NR_close, fd);
	return size;
}

static void compare_maps(int pid, int count)
{
	static char mine[TEXT_SIZE], other[TEXT_SIZE];
	size_t n = read_maps(getpid(), mine);

	CHECK(n > (size_t)count * 2 * 30);
	CHECK_EQUAL(read_maps(pid, other), n);
	CHECK_EQUAL(memcmp(mine, other, n), 0);
}

static void *call_forkall(void *result)
{
	*(int *)result = forkall();
	return NULL;
}

static int forkall_in_thread(void)
{
	static int result;

	thread_join(spawn(call_forkall, &result), NULL);
	return result;
}

/* P and C stand still while P compares; then C does the same with a copy of its
 * own, in which another thread calls. */
static void check_copies(int count, int depth)
{
	int ready[2], go[2], pid;

	open_pipe(ready);
	open_pipe(go);
	pid = depth % 2 ? forkall_in_thread() : forkall();
	CHECK(pid >= 0);
	if (pid > 0) {
		hear(ready);
		compare_maps(pid, count);
		tell(go);
		reap(pid);
		return;
	}
	tell(ready);
	hear(go);
	if (depth < 2)
		check_copies(count, depth + 1);
}

static void check_threads(int count)
{
	struct thread *threads[64];
	long before = count_mappings();
	int pid = getpid();

	barrier_init(&end, count + 1);
	for (int i = 0; i < count; i++)
		threads[i] = spawn(member, NULL);
	check_copies(count, 0);
	barrier_wait(&end);
	for (int i = 0; i < count; i++)
		thread_join(threads[i], NULL);
	CHECK_EQUAL(count_mappings(), before);
	if (getpid() != pid)
		process_exit(0);
}

int main(void)
{
	for (int n = 1; n <= 64; n = n == 1 ? 2 : n == 2 ? 8 : n * 8)
		check_threads(n);
	return 0;
}
