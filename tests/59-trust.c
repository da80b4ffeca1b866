/* Case 59: an image is a program, and restart runs none that others could have
 * written: they own it, or may write to it; unless --trust is given.  --info
 * only reads, and does not ask.  With rights that its caller does not have (as
 * by set-user-ID) restart runs none at all. */
#include "refused.h"

#define NOBODY 65534
#define SAME   -1

static char restart_path[96];		/* a copy, which anybody can reach */
static int said;			/* a file: its standard error */

/* ---- restart, as some user ----------------------------------------------- */

static int run_as(int real, int effective, const char *option, const char *path)
{
	const char *arguments[] = { restart_path, option, path, NULL };
	const char *none[] = { NULL };
	int pid, status = -1;
	long null;

	CHECK_EQUAL(system_call(__NR_ftruncate, said, 0), 0);
	pid = fork1();
	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK_EQUAL(system_call(__NR_setresuid, real, effective,
					effective), 0);
		null = system_call(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR);
		system_call(__NR_dup3, null, 1, 0);
		system_call(__NR_dup3, said, 2, 0);
		system_call(__NR_execve, arguments[0], arguments, none);
		process_exit(127);
	}
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, 0, NULL), pid);
	return status;
}

static void check_runs(int user, const char *option)
{
	CHECK_EQUAL(run_as(user, user, option, image_path), 0);
	CHECK_EQUAL(system_call(__NR_lseek, said, 0, 2), 0);
}

/* In one line: the image's name, and this. */
static void check_says(int real, int effective, const char *option,
		       const char *path, const char *why)
{
	char text[512], start[256];
	size_t length;
	long n;

	CHECK_EQUAL(run_as(real, effective, option, path), 1 << 8);
	n = system_call(__NR_pread64, said, text, sizeof text - 1, 0);
	CHECK(n > 0);
	text[n] = 0;
	format(start, sizeof start, "restart: %s: %s", path, why);
	length = strlen(start);
	if ((size_t)n < length || memcmp(text, start, length))
		eprint("said: %s", text);
	CHECK((size_t)n >= length && memcmp(text, start, length) == 0);
	for (long i = 0; i < n; i++)
		CHECK_EQUAL(text[i] == '\n', i == n - 1);
}

/* The image is refused by all ways of running it; --trust does. */
static void check_mistrusted(int user, const char *why)
{
	static const char *const options[] = {
		"--", "--lazy", "--ordered", "--same-pid", "--stop"
	};

	for (int i = 0; i < 5; i++)
		check_says(user, user, options[i], image_path, why);
	check_runs(user, "--trust");
	check_runs(user, "--info");
}

/* ---- Who may write to it ------------------------------------------------- */

static void set_mode(const char *path, int mode)
{
	CHECK_EQUAL(system_call(__NR_fchmodat, AT_FDCWD, path, mode), 0);
}

static void test_modes(void)
{
	static const int good[] = { 0600, 0400, 0700, 0644, 0755 },
		bad[] = { 0620, 0602, 0666, 0660, 0422 };

	for (int i = 0; i < 5; i++) {
		set_mode(image_path, good[i]);
		check_runs(SAME, "--");
		check_runs(SAME, "--lazy");
		set_mode(image_path, bad[i]);
		check_mistrusted(SAME, "may be written to by others");
	}
	set_mode(image_path, 0644);
}

/* ---- Whose it is --------------------------------------------------------- */

static void set_owner(int user)
{
	CHECK_EQUAL(system_call(__NR_fchownat, AT_FDCWD, image_path, user, -1,
				0), 0);
}

static void test_owners(void)
{
	char root_nobody[] = "belongs to user 65534, you are user 0: ",
		nobody_root[] = "belongs to user 0, you are user 65534: ";

	check_mistrusted(NOBODY, nobody_root);
	set_owner(NOBODY);
	check_mistrusted(SAME, root_nobody);
	check_runs(NOBODY, "--");
	check_runs(NOBODY, "--lazy");
	set_mode(image_path, 0664);
	check_mistrusted(NOBODY, "may be written to by others");
	check_mistrusted(SAME, root_nobody);
	set_mode(image_path, 0644);
	set_owner(0);
}

/* Whoever called would have root's rights for an image of his. */
static void test_rights(void)
{
	static const char *const options[] = { "--", "--info", "--trust" };

	for (int i = 0; i < 3; i++) {
		check_says(NOBODY, 0, options[i], image_path, "is not run: ");
		check_says(0, NOBODY, options[i], image_path, "is not run: ");
	}
}

/* ---- The test ------------------------------------------------------------ */

static void copy_restart(void)
{
	static char bytes[65536];
	long from, to, n;

	format(restart_path, sizeof restart_path, "%s/restart", image_directory);
	from = system_call(__NR_openat, AT_FDCWD, tool_path("restart"),
			   O_RDONLY);
	to = system_call(__NR_openat, AT_FDCWD, restart_path,
			 O_WRONLY | O_CREAT, 0755);
	CHECK(from >= 0 && to >= 0);
	while ((n = system_call(__NR_read, from, bytes, sizeof bytes)) > 0)
		CHECK_EQUAL(system_call(__NR_write, to, bytes, n), n);
	CHECK_EQUAL(n, 0);
	system_call(__NR_close, from);
	system_call(__NR_close, to);
	set_mode(restart_path, 0755);
	set_mode(image_directory, 0755);
}

static void open_said(void)
{
	char path[128];

	format(path, sizeof path, "%s/said", image_directory);
	said = (int)system_call(__NR_openat, AT_FDCWD, path, O_RDWR | O_CREAT |
				O_APPEND | O_CLOEXEC, 0600);
	CHECK(said >= 0);
	remove_file(path);
}

int main(void)
{
	struct statx s;
	int r;

	images_begin();
	copy_restart();
	CHECK_EQUAL(system_call(__NR_chdir, "/"), 0);	/* anybody's, too */
	system_call(__NR_umask, 0);
	r = checkpoint(image_path);
	CHECK(r >= 0);
	if (r == 1)
		process_exit(0);
	open_said();
	CHECK_EQUAL(system_call(__NR_statx, AT_FDCWD, image_path, 0,
				STATX_MODE, &s), 0);
	CHECK_EQUAL(s.stx_mode & 07777, 0600);
	test_modes();
	if (system_call(__NR_geteuid) == 0) {
		test_owners();
		test_rights();
	} else {
		check_says(SAME, SAME, "--", "/proc/version",
			   "belongs to user ");
	}
	remove_file(restart_path);
	images_end();
	return 0;
}
