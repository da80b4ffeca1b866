/* Open files that cannot be restored: for each, restart says in a line which it is
 * and why, exits with 1, and names the option that leaves it closed.  With
 * --close for each, or --close all, or with checkpoint_close() in a callback, the
 * process goes on without. */
#include "restart.h"
#include "socket.h"

static int left_open[] = { 3, 4, 5, 6 };
static int go_on_without;		/* the callback closes them */

static void close_all(void *unused)
{
	(void)unused;
	for (int i = 0; go_on_without && i < 4; i++)
		CHECK_EQUAL(checkpoint_close(left_open[i]), 0);
}

/* A socket, an eventfd, half a pipe, and a file without a name. */
static void open_files(void)
{
	char path[128];
	int ends[2];

	open_socketpair(SOCK_STREAM, ends);
	CHECK_EQUAL(ends[0], 3);
	system_call(__NR_close, 4);
	CHECK_EQUAL(system_call(__NR_eventfd2, 0, 0), 4);
	open_pipe(ends);
	CHECK_EQUAL(ends[0], 5);
	system_call(__NR_close, 6);
	format(path, sizeof path, "%s/deleted", image_directory);
	CHECK_EQUAL(system_call(__NR_openat, AT_FDCWD, path,
				O_RDWR | O_CREAT, 0600), 6);
	CHECK_EQUAL(system_call(__NR_unlinkat, AT_FDCWD, path, 0), 0);
}

static int is_in(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (; strlen(text) >= n; text++)
		if (memcmp(text, word, n) == 0)
			return 1;
	return 0;
}

/* Its arguments are options and the image; what it says goes to *text. */
static int run_restart(const char **arguments, char *text, size_t room)
{
	const char *none[] = { NULL };
	int ends[2], pid, status;
	size_t size = 0;
	long n;

	open_pipe(ends);
	pid = fork1();
	CHECK(pid >= 0);
	if (pid == 0) {
		system_call(__NR_dup3, ends[1], 2, 0);
		system_call(__NR_execve, arguments[0], arguments, none);
		process_exit(127);
	}
	system_call(__NR_close, ends[1]);
	while ((n = system_call(__NR_read, ends[0], text + size,
				room - 1 - size)) > 0)
		size += (size_t)n;
	text[size] = 0;
	system_call(__NR_close, ends[0]);
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, 0, NULL), pid);
	return status;
}

static void check_refused(void)
{
	static const char *const said[] = {
		"fd 3, socket:[", "fd 4, anon_inode:[eventfd]", "fd 5, pipe:[",
		"fd 6, ", "--close 3 ", "--close 6 ", "(deleted)",
	};
	const char *arguments[] = { tool_path("restart"), image_path, NULL };
	char text[4096];
	int lines = 0;

	CHECK_EQUAL(run_restart(arguments, text, sizeof text), 1 << 8);
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		if (!is_in(text, said[i]))
			eprint("%s", text);
		CHECK(is_in(text, said[i]));
	}
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	CHECK_EQUAL(lines, 4);
}

static void check_accepted(void)
{
	const char *tool = tool_path("restart");
	const char *each[] = {
		tool, "--close", "3", "--close", "4", "--close", "5",
		"--close", "6", image_path, NULL,
	};
	const char *all[] = { tool, "--lazy", "--close", "all", image_path,
			      NULL };
	char text[4096];

	CHECK_EQUAL(run_restart(each, text, sizeof text), 0);
	CHECK_EQUAL(strlen(text), 0);
	CHECK_EQUAL(run_restart(all, text, sizeof text), 0);
	CHECK_EQUAL(strlen(text), 0);
}

int main(void)
{
	struct callback callback = { .function = close_all };
	int r;

	images_begin();
	open_files();
	CHECK_EQUAL(callback_add(&callback, CALLBACK_PROCESS), 0);
	for (go_on_without = 0; go_on_without < 2; go_on_without++) {
		r = checkpoint(image_path);
		CHECK(r >= 0);
		for (int i = 0; i < 4; i++)
			CHECK_EQUAL(system_call(__NR_fcntl, left_open[i],
						F_GETFD) >= 0, r == 0);
		if (r == 1)
			process_exit(0);
		if (go_on_without) {
			reap(restart_image(NULL));
		} else {
			check_refused();
			check_accepted();
		}
	}
	images_end();
	return 0;
}
