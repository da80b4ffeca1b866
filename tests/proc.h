/* What a test asks the kernel about its process: how many threads, mappings and
 * descriptors it has, and that no child is left. */
#ifndef PROC_H
#define PROC_H

#include "test.h"
#include <linux/prctl.h>

/* Calls line() for each line of a file in /proc, cut to 255 bytes; 0 if it is not
 * there, or no more. */
static inline int proc_try_lines(const char *path, void (*line)(const char *))
{
	static char text[4096], one[256];
	size_t length = 0;
	long fd, n;

	fd = system_call(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	while ((n = system_call(__NR_read, fd, text, sizeof text)) > 0) {
		for (long i = 0; i < n; i++) {
			if (text[i] != '\n') {
				if (length < sizeof one - 1)
					one[length++] = text[i];
				continue;
			}
			one[length] = 0;
			length = 0;
			line(one);
		}
	}
	system_call(__NR_close, fd);
	return n == 0;
}

static inline void proc_lines(const char *path, void (*line)(const char *))
{
	CHECK(proc_try_lines(path, line));
}

static inline long proc_number(const char *digits)
{
	long n = 0;

	while (*digits == ' ' || *digits == '\t')
		digits++;
	while (*digits >= '0' && *digits <= '9')
		n = 10 * n + *digits++ - '0';
	return n;
}

/* The number behind a word at the start of a line. */
static const char *proc_word;
static long proc_found;

static inline void proc_match(const char *line)
{
	size_t n = strlen(proc_word);

	if (strlen(line) >= n && memcmp(line, proc_word, n) == 0)
		proc_found = proc_number(line + n);
}

static inline long proc_field(const char *path, const char *word)
{
	proc_word = word;
	proc_found = -1;
	proc_lines(path, proc_match);
	return proc_found;
}

/* The letter behind "State:" in a status file. */
static char proc_letter;

static inline void proc_match_state(const char *line)
{
	if (memcmp(line, "State:\t", 7) == 0)
		proc_letter = line[7];
}

/* 0: there is no such thread. */
static inline char proc_state(const char *path)
{
	proc_letter = 0;
	proc_try_lines(path, proc_match_state);
	return proc_letter;
}

/* A thread that has ended is counted for a moment longer. */
static inline void await_threads(int count)
{
	while (proc_field("/proc/self/status", "Threads:") != count)
		system_call(__NR_sched_yield);
}

static long proc_count;

static inline void proc_add_one(const char *line)
{
	(void)line;
	proc_count++;
}

static inline long count_mappings(void)
{
	proc_count = 0;
	proc_lines("/proc/self/maps", proc_add_one);
	return proc_count;
}

static inline int count_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += system_call(__NR_fcntl, fd, F_GETFD) >= 0;
	return count;
}

/* Orphans become children of the caller, who can reap them. */
static inline void adopt_orphans(void)
{
	CHECK_EQUAL(system_call(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0),
		    0);
}

static inline void check_childless(void)
{
	CHECK_EQUAL(system_call(__NR_wait4, -1, NULL, WNOHANG | __WALL, NULL),
		    -ECHILD);
}

/* Waits for all children, orphans too; all must exit with status 0. */
static inline int reap_all(void)
{
	int status, count = 0;
	long pid;

	while ((pid = system_call(__NR_wait4, -1, &status, __WALL, NULL)) > 0) {
		if (status)
			eprint("pid %ld ended with status %x\n", pid, status);
		CHECK_EQUAL(status, 0);
		count++;
	}
	CHECK_EQUAL(pid, -ECHILD);
	return count;
}

/* The entries of a directory, but for those that begin with a dot. */
static inline int proc_count_entries(const char *path)
{
	char entries[8192] __attribute__((aligned(8)));
	long fd, n;
	int count = 0;

	fd = system_call(__NR_openat, AT_FDCWD, path,
			 O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	CHECK(fd >= 0);
	while ((n = system_call(__NR_getdents64, fd, entries,
				sizeof entries)) > 0)
		for (long at = 0; at < n;
		     at += *(unsigned short *)(entries + at + 16))
			count += entries[at + 19] != '.';
	CHECK_EQUAL(n, 0);
	system_call(__NR_close, fd);
	return count;
}

#endif
