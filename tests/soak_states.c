/* What /proc tells about processes that hang: each thread's name, state, the
 * system call that it is in and where in the kernel.  And the end of all of
 * them. */
#include "soak.h"

struct entry {				/* of getdents64() */
	unsigned long inode, next;
	unsigned short size;
	unsigned char type;
	char name[];
};

void for_each_entry(const char *path, void (*function)(const char *name))
{
	char entries[4096] __attribute__((aligned(8)));
	long fd = system_call(__NR_openat, AT_FDCWD, path, O_RDONLY |
			      O_DIRECTORY | O_CLOEXEC, 0), size;
	struct entry *e;

	while ((size = system_call(__NR_getdents64, fd, entries,
				   sizeof entries)) > 0)
		for (long at = 0; at < size; at += e->size) {
			e = (struct entry *)(entries + at);
			if (e->name[0] != '.')
				function(e->name);
		}
	system_call(__NR_close, fd);
}

/* 0: it is no number. */
static int number_of(const char *name)
{
	int number = 0;

	for (; *name >= '0' && *name <= '9'; name++)
		number = number * 10 + (*name - '0');
	return *name ? 0 : number;
}

/* The text up to the first new line. */
static void read_line(char *text, size_t size, const char *path)
{
	long fd = system_call(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC,
			      0);
	long n = system_call(__NR_read, fd, text, size - 1);

	system_call(__NR_close, fd);
	text[n > 0 ? n : 0] = 0;
	for (; *text; text++)
		if (*text == '\n')
			*text = 0;
}

/* The words behind the name, in parentheses, of a line of /proc/PID/stat. */
static const char *behind_name(const char *line)
{
	const char *behind = line + strlen(line);

	while (behind > line && behind[-1] != ')')
		behind--;
	return *behind ? behind + 1 : "?";
}

static int session_of(int pid)
{
	char path[64], text[512];
	const char *s;
	int session = 0;

	format(path, sizeof path, "/proc/%d/stat", pid);
	read_line(text, sizeof text, path);
	s = behind_name(text);
	for (int words = 0; *s && words < 3; s++)
		words += *s == ' ';
	for (; *s >= '0' && *s <= '9'; s++)
		session = session * 10 + (*s - '0');
	return session;
}

static int session, shown;

static void print_thread(const char *task)
{
	int tid = number_of(task);
	char path[64], stat[512], name[32], call[256], where[128];

	format(path, sizeof path, "/proc/%d/task/%d/comm", shown, tid);
	read_line(name, sizeof name, path);
	format(path, sizeof path, "/proc/%d/task/%d/stat", shown, tid);
	read_line(stat, sizeof stat, path);
	format(path, sizeof path, "/proc/%d/task/%d/syscall", shown, tid);
	read_line(call, sizeof call, path);
	format(path, sizeof path, "/proc/%d/task/%d/wchan", shown, tid);
	read_line(where, sizeof where, path);
	eprint("soak:   %d %s: %c in %s: system call %s\n", tid, name,
	       *behind_name(stat), where[0] ? where : "?", call);
}

void print_threads(int pid)
{
	char path[32];

	eprint("soak: process %d:\n", pid);
	shown = pid;
	format(path, sizeof path, "/proc/%d/task", pid);
	for_each_entry(path, print_thread);
}

static void print_process(const char *name)
{
	int pid = number_of(name);

	if (pid && session_of(pid) == session)
		print_threads(pid);
}

void print_states(int of_session)
{
	session = of_session;
	for_each_entry("/proc", print_process);
}

static void kill_one(const char *name)
{
	int pid = number_of(name);

	if (pid && session_of(pid) == session)
		system_call(__NR_kill, pid, SIGKILL);
}

/* Twice: some may just have been making others. */
void kill_session(int of_session)
{
	session = of_session;
	for (int i = 0; i < 3; i++)
		for_each_entry("/proc", kill_one);
}
