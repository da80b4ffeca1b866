/* /init of the virtual machine that tests run in (tests/vm/boot): runs the
 * programs named in /tests/LIST one by one, prints the results on the serial
 * console and powers off.  A line of the list is the name of a program in
 * /tests, its time limit in seconds, and its arguments. */
#include <asm/ioctls.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/reboot.h>
#include <linux/resource.h>
#include <linux/sockios.h>
#include <linux/wait.h>
#include "forkall.h"

#define SECOND      1000000000L
#define GRACE       SECOND	/* for what a test leaves to end by itself */
#define SKIPPED     77		/* exit status: cannot be tested here */
#define WORDS       16		/* most words on a line of the list */
#define LIST_SIZE   (64 << 10)
#define OUTPUT_SIZE (64 << 10)	/* of a test's output, the end is shown */

static int passed, failed, skipped;

/* ---- The machine --------------------------------------------------------- */

static void check(const char *what, long result)
{
	if (result < 0)
		print("# init: %s: error %ld\n", what, -result);
}

static long open_file(const char *path, int flags)
{
	return system_call(__NR_openat, AT_FDCWD, path, flags, 0600);
}

static void mount(const char *type, const char *path, const char *options)
{
	system_call(__NR_mkdirat, AT_FDCWD, path, 0755);
	check(path, system_call(__NR_mount, type, path, type, 0, options));
}

static void raise_limit(int resource, unsigned long limit)
{
	struct rlimit64 both = { limit, limit };

	check("limit", system_call(__NR_prlimit64, 0, resource, &both, NULL));
}

/* Sets the loopback device up.  struct ifreq and its constants are spelled out
 * because <linux/if.h> wants a header of the C library. */
static void start_loopback(void)
{
	enum { AF_INET = 2, SOCK_DGRAM = 2, IFF_UP = 1 };
	struct { char name[16]; short flags; char unused[22]; } request = {
		"lo", IFF_UP, ""
	};
	int fd = system_call(__NR_socket, AF_INET, SOCK_DGRAM, 0);

	check("lo", system_call(__NR_ioctl, fd, SIOCSIFFLAGS, &request));
	system_call(__NR_close, fd);
}

static _Noreturn void power_off(void)
{
	system_call(__NR_sync);
	system_call(__NR_ioctl, 1, TCSBRK, 1);	/* until all text is sent */
	system_call(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		    LINUX_REBOOT_CMD_POWER_OFF, NULL);
	process_exit(1);
}

/* ---- One test ------------------------------------------------------------ */

/* Runs a program in a session of its own, with its output in a file: a pipe
 * could stay open in what it leaves behind. */
static int start_program(char **words, int output)
{
	static char *environment[] = { "HOME=/tmp", "TMPDIR=/tmp", NULL };
	unsigned long none = 0;
	int null, pid = fork1();

	if (pid != 0)
		return pid;
	null = open_file("/dev/null", O_RDWR | O_CLOEXEC);
	system_call(__NR_setsid);
	system_call(__NR_chdir, "/tmp");
	system_call(__NR_dup3, null, 0, 0);
	system_call(__NR_dup3, output, 1, 0);
	system_call(__NR_dup3, output, 2, 0);
	signal_mask(SIG_SETMASK, &none, NULL);
	print("cannot be run: error %ld\n", -system_call(__NR_execve, words[0],
							 words, environment));
	process_exit(127);
}

/* Reaps children, orphans among them, until `wanted` has ended (0: until none
 * is left).  1, or 0 when the time is over.  SIGCHLD is blocked: one that comes
 * between the two calls is waiting for the second. */
static int reap(int wanted, int *status, long time)
{
	const unsigned long sigchld = 1UL << (SIGCHLD - 1);
	long deadline = clock_now() + time, left, pid;

	for (;;) {
		pid = system_call(__NR_wait4, -1, status, WNOHANG | __WALL,
				  NULL);
		if (pid == -ECHILD || (pid > 0 && pid == wanted))
			return 1;
		if (pid > 0)
			continue;
		left = deadline - clock_now();
		if (left <= 0)
			return 0;
		system_call(__NR_rt_sigtimedwait, &sigchld, NULL,
			    &(struct timespec){ left / SECOND, left % SECOND },
			    sizeof(sigchld));
	}
}

/* Ends everything but this process.  1: there was something. */
static int end_leftovers(long grace)
{
	int status;

	if (reap(0, &status, grace))
		return 0;
	system_call(__NR_kill, -1, SIGKILL);
	if (!reap(0, &status, 10 * SECOND))
		print("# init: a process cannot be killed\n");
	return 1;
}

static void show_output(int output)
{
	static char text[OUTPUT_SIZE];
	long size = system_call(__NR_lseek, output, 0, SEEK_END);
	long start = size > OUTPUT_SIZE ? size - OUTPUT_SIZE : 0, line, end;

	if (start > 0)
		print("# [%ld bytes left out]\n", start);
	size = system_call(__NR_pread64, output, text, sizeof(text), start);
	for (line = 0; line < size; line = end + 1) {
		for (end = line; end < size && text[end] != '\n'; end++)
			;
		print("# ");
		system_call(__NR_write, 1, text + line, end - line);
		print("\n");
	}
}

static void run_test(char *name, long seconds, char **words)
{
	int output = open_file("/output", O_RDWR | O_CREAT | O_TRUNC |
			       O_APPEND | O_CLOEXEC);
	int status = 0, pid, in_time, left;
	char why[64] = "";

	system_call(__NR_umount2, "/tmp", 0);	/* an empty one for each test */
	mount("tmpfs", "/tmp", "mode=1777");
	pid = start_program(words, output);
	in_time = pid > 0 && reap(pid, &status, seconds * SECOND);
	left = end_leftovers(in_time ? GRACE : 0);

	if (pid < 0)
		format(why, sizeof(why), "fork error %d", -pid);
	else if (!in_time)
		format(why, sizeof(why), "timeout after %ld s", seconds);
	else if (status & 0x7f)
		format(why, sizeof(why), "signal %d", status & 0x7f);
	else if (status != 0 && status >> 8 != SKIPPED)
		format(why, sizeof(why), "exit status %d", status >> 8);
	else if (left)
		format(why, sizeof(why), "left processes behind");

	if (why[0] != 0 || status != 0)
		show_output(output);
	if (why[0] != 0) {
		failed++;
		print("not ok %s (%s)\n", name, why);
	} else if (status != 0) {
		skipped++;
		print("skip %s\n", name);
	} else {
		passed++;
		print("ok %s\n", name);
	}
	system_call(__NR_close, output);
}

/* ---- The list of tests --------------------------------------------------- */

static long number(const char *digits)
{
	long n = 0;

	while (*digits >= '0' && *digits <= '9')
		n = 10 * n + *digits++ - '0';
	return n;
}

static void run_line(char *line)
{
	char *words[WORDS + 1] = { NULL }, path[256];
	int n = 0;

	while (*line != 0 && n < WORDS) {
		words[n++] = line;
		while (*line != 0 && *line != ' ')
			line++;
		while (*line == ' ')
			*line++ = 0;
	}
	if (n < 2)
		return;
	format(path, sizeof(path), "/tests/%s", words[0]);
	char *name = words[0];
	long seconds = number(words[1]);
	words[1] = path;	/* takes the place of the time: argv is here */
	run_test(name, seconds, words + 1);
}

int main(void)
{
	static char list[LIST_SIZE];
	const unsigned long sigchld = 1UL << (SIGCHLD - 1);
	long size, line, end;

	signal_mask(SIG_BLOCK, &sigchld, NULL);
	mount("proc", "/proc", NULL);
	mount("sysfs", "/sys", NULL);
	mount("devtmpfs", "/dev", NULL);
	mount("devpts", "/dev/pts", NULL);
	mount("tmpfs", "/dev/shm", NULL);
	raise_limit(RLIMIT_NOFILE, 65536);
	raise_limit(RLIMIT_NPROC, RLIM64_INFINITY);
	raise_limit(RLIMIT_SIGPENDING, RLIM64_INFINITY);
	start_loopback();

	size = system_call(__NR_read, open_file("/tests/LIST", O_CLOEXEC),
			   list, sizeof(list) - 1);
	check("/tests/LIST", size);
	for (line = 0; line < size; line = end + 1) {
		for (end = line; end < size && list[end] != '\n'; end++)
			;
		list[end] = 0;
		run_line(list + line);
	}
	print("vm: done %d passed %d failed %d skipped\n",
	      passed, failed, skipped);
	power_off();
}
