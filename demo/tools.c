/* tofile and callbacks: programs that they start, and a place for images. */
#include "tools.h"
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>

#define READ_SIZE 1024

char tool_ckpt[PATH_ROOM], tool_restart[PATH_ROOM], tool_self[PATH_ROOM];
char place[PATH_ROOM];

static const char *name;		/* of the demonstration */
static int place_is_ours;

int complain(const char *object, int error)
{
	eprint("%s: %s: error %d\n", name, object, -error);
	return 1;
}

int number_parse(const char *text)
{
	int value = 0, digits = 0;

	for (; text[digits] >= '0' && text[digits] <= '9'; digits++) {
		if (digits == 6)
			return -1;
		value = value * 10 + text[digits] - '0';
	}
	return digits && !text[digits] ? value : -1;
}

/* ---- The place ------------------------------------------------------- */

struct entry {				/* of a directory; in no UAPI header */
	unsigned long inode, offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

/* All that is in there: an interrupted image has a name of its own. */
static void empty(int directory)
{
	char entries[READ_SIZE] __attribute__((aligned(8)));
	struct entry *e;
	long n, at;

	while ((n = system_call(__NR_getdents64, directory, entries,
				sizeof(entries))) > 0)
		for (at = 0; at < n; at += e->length) {
			e = (struct entry *)(entries + at);
			system_call(__NR_unlinkat, directory, e->name, 0);
		}
}

void place_remove(void)
{
	int directory;

	if (!place_is_ours)
		return;
	directory = system_call(__NR_openat, AT_FDCWD, place,
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return;
	empty(directory);
	system_call(__NR_close, directory);
	system_call(__NR_unlinkat, AT_FDCWD, place, AT_REMOVEDIR);
}

/* The pid makes the name unique; what there is by chance, is not taken. */
static int place_make(char **envp)
{
	const char *where = "/tmp";
	int error, n;

	for (; *envp; envp++) {
		for (n = 0; n < 8 && (*envp)[n] == "TMPDIR=/"[n]; n++)
			;
		if (n == 8)
			where = *envp + 7;
	}
	if (strlen(where) + 32 > sizeof(place))
		return complain("TMPDIR", -ENAMETOOLONG);
	format(place, sizeof(place), "%s/%s.%d", where, name,
	       (int)system_call(__NR_getpid));
	error = system_call(__NR_mkdirat, AT_FDCWD, place, 0700);
	if (error)
		return complain(place, error);
	place_is_ours = 1;
	return 0;
}

/* ---- The beginning --------------------------------------------------- */

/* Children have PR_SET_PDEATHSIG, so they need not be looked for. */
static void interrupt(int signal)
{
	place_remove();
	process_exit(128 + signal);
}

void signals_set(void (*handler)(int))
{
	struct signal_action action = { .handler = handler };

	signal_action(SIGINT, &action, NULL);
	signal_action(SIGTERM, &action, NULL);
	signal_action(SIGHUP, &action, NULL);
	signal_action(SIGPIPE, &action, NULL);
}

/* build/ARCH/demo/NAME is this program, build/ARCH/TOOL a tool. */
static int find_tools(void)
{
	char base[PATH_ROOM];
	long n = system_call(__NR_readlinkat, AT_FDCWD, "/proc/self/exe",
			     tool_self, sizeof(tool_self) - 16);
	int i;

	if (n < 0)
		return complain("/proc/self/exe", n);
	memcpy(base, tool_self, n + 1);
	for (i = 0; i < 2; i++)
		while (n > 0 && base[--n] != '/')
			;
	base[n] = 0;
	format(tool_ckpt, sizeof(tool_ckpt), "%s/ckpt", base);
	format(tool_restart, sizeof(tool_restart), "%s/restart", base);
	return 0;
}

int tools_begin(const char *demo, const char *images, char **envp)
{
	name = demo;
	for (int fd = 0; fd <= 2; fd++)
		if (system_call(__NR_fcntl, fd, F_GETFD) < 0)
			system_call(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR);
	system_call(__NR_close_range, 3, ~0U, 0);
	if (find_tools())
		return 1;
	if (images) {
		format(place, sizeof(place), "%s", images);
		return 0;
	}
	signals_set(interrupt);
	return place_make(envp);
}

/* ---- Children -------------------------------------------------------- */

/* What starts it can have ended before the prctl: then nobody would tell. */
int child_start(void)
{
	int parent = system_call(__NR_getpid), pid = fork1();

	if (pid)
		return pid;
	signals_set(SIG_DFL);
	system_call(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (system_call(__NR_getppid) != parent)
		process_exit(1);
	return 0;
}

int program_start(char *const *argv, char **envp, int *lines)
{
	int ends[2] = { -1, -1 }, pid;
	long error = lines ? system_call(__NR_pipe2, ends, O_CLOEXEC) : 0;

	if (error)
		return error;
	pid = child_start();
	if (pid == 0) {
		if (lines)
			system_call(__NR_dup3, ends[1], 1, 0);
		error = system_call(__NR_execve, argv[0], argv, envp);
		process_exit(complain(argv[0], error));
	}
	if (lines) {
		system_call(__NR_close, ends[1]);
		*lines = ends[0];
	}
	return pid;
}

int child_wait(int pid)
{
	int status = 0;
	long r = system_call(__NR_wait4, pid, &status, 0, 0L);

	if (r < 0)
		return r;
	return status & 0x7f ? 128 + (status & 0x7f) : status >> 8;
}

/* Byte by byte, so that nothing is kept for the next line: there are few. */
int line_read(int lines, char *line, size_t size)
{
	size_t length = 0;
	char byte;

	while (system_call(__NR_read, lines, &byte, 1) == 1) {
		if (byte == '\n') {
			line[length] = 0;
			return 1;
		}
		if (length + 1 < size)
			line[length++] = byte;
	}
	if (!length)
		return 0;
	line[length] = 0;
	return 1;
}
