/* Images in tests: a directory for them, and the tool restart, which is where the
 * build has it, a folder above the tests. */
#ifndef RESTART_TEST_H
#define RESTART_TEST_H

#include "proc.h"
#include <linux/close_range.h>
#include <linux/stat.h>

static char image_directory[64], image_path[96];

/* The path of a tool of the build.  In a restarted process the program is
 * restart; so whoever takes an image calls this before, and memory has it. */
static inline const char *tool_path(const char *name)
{
	static char path[4096 + 32];
	static long end;

	if (!end) {
		end = system_call(__NR_readlinkat, AT_FDCWD, "/proc/thread-self/exe",
				  path, 4096);
		CHECK(end > 0);
		for (int slashes = 0; end > 0 && slashes < 2; end--)
			slashes += path[end - 1] == '/';
	}
	format(path + end, sizeof path - (size_t)end, "/%s", name);
	return path;
}

/* The images are in /tmp or else here. */
static inline const char *image_place(void)
{
	return system_call(__NR_faccessat, AT_FDCWD, "/tmp", 2 /* W_OK */) ?
		"." : "/tmp";
}

/* What a shell or a runner has left open cannot be restored: it is closed.  The
 * images are in a directory of their own. */
static inline void images_begin(void)
{
	system_call(__NR_close_range, 3, ~0U, 0);
	tool_path("");
	format(image_directory, sizeof image_directory, "%s/forkall-%d",
	       image_place(), getpid());
	CHECK_EQUAL(system_call(__NR_mkdirat, AT_FDCWD, image_directory, 0700),
		    0);
	format(image_path, sizeof image_path, "%s/image", image_directory);
}

static inline void images_end(void)
{
	system_call(__NR_unlinkat, AT_FDCWD, image_path, 0);
	CHECK_EQUAL(system_call(__NR_unlinkat, AT_FDCWD, image_directory,
				0x200 /* AT_REMOVEDIR */), 0);
}

/* Becomes a tool with up to four arguments. */
static inline _Noreturn void run_tool(const char *name, const char *a,
				      const char *b, const char *c,
				      const char *d)
{
	const char *arguments[] = { tool_path(name), a, b, c, d, NULL };
	const char *none[] = { NULL };

	system_call(__NR_execve, arguments[0], arguments, none);
	process_exit(127);
}

/* Starts one; returns its pid.  What it prints, also on standard error, goes to a
 * descriptor, or, if that is -1, where ours does. */
static inline int start_tool_to(int output, const char *name, const char *a,
				const char *b, const char *c, const char *d)
{
	int pid = fork1();

	CHECK(pid >= 0);
	if (pid == 0) {
		for (int fd = 1; fd <= 2 && output >= 0; fd++)
			system_call(__NR_dup3, output, fd, 0);
		run_tool(name, a, b, c, d);
	}
	return pid;
}

static inline int start_tool(const char *name, const char *a, const char *b,
			     const char *c, const char *d)
{
	return start_tool_to(-1, name, a, b, c, d);
}

/* Restarts the image, with an option or NULL; returns the pid. */
static inline int restart_image(const char *option)
{
	return option ? start_tool("restart", option, image_path, NULL, NULL)
		      : start_tool("restart", image_path, NULL, NULL, NULL);
}

/* Restarts an image; the process must exit with status 0. */
static inline void check_restart(const char *path)
{
	reap(start_tool("restart", path, NULL, NULL, NULL));
}

/* restart finds nothing wrong with the image. */
static inline void check_whole(const char *path)
{
	int null = (int)system_call(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR);

	CHECK(null >= 0);
	reap(start_tool_to(null, "restart", "--info", path, NULL, NULL));
	system_call(__NR_close, null);
}

/* Which file a path leads to, and in what state, in one number that another file,
 * or the same one after a write, does not have; 0: none. */
static inline unsigned long file_version(const char *path)
{
	struct statx s;
	long r = system_call(__NR_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW,
			     STATX_BASIC_STATS, &s);

	if (r == -ENOENT)
		return 0;
	CHECK_EQUAL(r, 0);
	return ((s.stx_ino * 1000003 + s.stx_size) * 1000003 +
		(unsigned long)s.stx_mtime.tv_sec) * 1000003 +
	       s.stx_mtime.tv_nsec + 1;
}

static inline void remove_file(const char *path)
{
	CHECK_EQUAL(system_call(__NR_unlinkat, AT_FDCWD, path, 0), 0);
}

/* How many files there are in the images' directory, complete or not. */
static inline int count_images(void)
{
	return proc_count_entries(image_directory);
}

#endif
