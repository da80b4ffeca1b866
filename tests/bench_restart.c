/* Measures how long restart takes until the process of an image runs, from its
 * exec, and its floor: a program that reads as many bytes into new memory and
 * clones as many threads.  Exec has little memory of ours to give back. */
#include "bench.h"
#include <linux/stat.h>

#define PATIENCE (15000 * MILLISECOND)

static char program[PATH_ROOM], restart[PATH_ROOM], threads[16];
static volatile long *exec_time;	/* shared with the child */
static long taken[SIDES][RUNS_MAX];
static const char *mode;

/* ---- The floor ----------------------------------------------------------- */

static int missing, never, cleared;

static void arrive(void *unused)
{
	(void)unused;
	if (add(&missing, -1) == 0)
		report_restart();
	await_change(&never, 0);
}

/* Reads the file, and makes the threads on stacks in what has been read. */
_Noreturn void floor_restart(const char *path, const char *count)
{
	int fd = (int)sys(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC), n = 0;
	unsigned long *stack;
	struct statx s;
	char *bytes;

	while (*count)
		n = n * 10 + *count++ - '0';
	sys(statx, fd, "", AT_EMPTY_PATH, STATX_SIZE, &s);
	bytes = (char *)sys(mmap, NULL, s.stx_size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (unsigned long done = 0; done < s.stx_size; ) {
		long r = sys(read, fd, bytes + done, s.stx_size - done);

		if (r <= 0)
			exit_group(1);
		done += (unsigned long)r;
	}
	if (s.stx_size < (unsigned long)n * page_size)
		exit_group(1);
	missing = n + 1;
	for (int i = 0; i < n; i++) {
		stack = (void *)(bytes + (unsigned long)(i + 1) * page_size);
		*--stack = 0;
		*--stack = (unsigned long)arrive;
		if (clone_stack(THREAD_FLAGS, stack, &cleared, &cleared,
				thread_pointer()) < 0)
			exit_group(1);
	}
	arrive(NULL);
	exit_group(1);
}

/* ---- Runs ------------------------------------------------------------------------ */

static _Noreturn void run_child(int side, int channel)
{
	char *bare[] = { program, "--bare-restart", image_path, threads, NULL };
	char *real[] = { restart, (char *)mode, image_path, NULL };
	char **argv = side == FLOOR ? bare : real;

	sys(dup3, channel, 1, 0);
	*exec_time = kernel_now();
	sys(execve, argv[0], argv, &argv[side == FLOOR ? 4 : 3]);
	exit_group(1);
}

static int restart_once(int side, int run)
{
	int channel[2], r = (int)sys(pipe2, channel, O_CLOEXEC), status = -1;
	long end = 0, n, pid;

	if (r < 0)
		return r;
	pid = fork1();
	if (pid == 0)
		run_child(side, channel[1]);
	sys(close, channel[1]);
	while ((n = sys(read, channel[0], &end, sizeof end)) == -EINTR)
		;
	sys(close, channel[0]);
	while (pid > 0 && sys(wait4, pid, &status, __WALL) == -EINTR)
		;
	taken[side][run] = end - *exec_time;
	return n == sizeof end && status == 0 ? 0 : -ECANCELED;
}

static int measure_mode(int measure, const char *option)
{
	int n;

	mode = option;
	n = take_turns(restart_once, PATIENCE);
	if (n < 0)
		return complain_error(measure_names[measure], n);
	table_add(measure, n, taken[LIBRARY], taken[FLOOR]);
	return 0;
}

/* restart is in the directory above this program's. */
static int find_programs(void)
{
	long n = sys(readlinkat, AT_FDCWD, "/proc/self/exe", program,
		     sizeof program - 1);

	if (n < 0)
		return (int)n;
	memcpy(restart, program, sizeof restart);
	for (int parts = 0; n > 0 && parts < 2; n--)
		parts += restart[n - 1] == '/';
	format(restart + n + 1, sizeof restart - (size_t)n - 1, "restart");
	format(threads, sizeof threads, "%d", subject.threads);
	exec_time = (void *)sys(mmap, NULL, page_size, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return (int)sys(faccessat, AT_FDCWD, restart, 1 /* X_OK */);
}

int measure_restart(void)
{
	int r = find_programs(), status;

	if (r < 0)
		return complain_error(restart, r);
	status = measure_mode(RESTART, "--");
	status |= measure_mode(LAZY_RESTART, "--lazy");
	sys(munmap, exec_time, page_size);
	return status;
}
