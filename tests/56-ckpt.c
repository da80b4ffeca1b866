/* Case 56: the tool ckpt.  What it prints, what it does to the program, and its exit
 * status: for an image, again and again, with the program's end; and when there
 * can be none.  What has not enabled checkpoints is not hurt. */
#include "asked.h"

#define RESTARTED 42

static int said[2], told[2], output[2];

static int wait_status(int pid)
{
	int status;

	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, __WALL, 0), pid);
	return status;
}

/* Runs ckpt; what it prints is left in text. */
static char text[4096];

static int read_output(int tool)
{
	int status = wait_status(tool);
	long n;

	CHECK_EQUAL(status & 0x7f, 0);
	tell(output);			/* so that there is something */
	n = system_call(__NR_read, output[0], text, sizeof text - 1);
	CHECK(n > 0);
	text[n - 1] = 0;
	if (status == 1 << 8)
		print("%s", text);
	return status >> 8;
}

static int start_ckpt(const char *a, const char *b, int pid)
{
	char number[16];

	format(number, sizeof number, "%d", pid);
	return start_tool_to(output[1], "ckpt", a ? a : number,
			     b ? b : a ? number : NULL, b ? number : NULL,
			     NULL);
}

static int ckpt(const char *a, const char *b, int pid)
{
	return read_output(start_ckpt(a, b, pid));
}

static void expect_text(const char *expected, int pid)
{
	char line[1024];

	if (pid)
		format(line, sizeof line, "ckpt: %d: %s\n", pid, expected);
	else
		format(line, sizeof line, "%s\n", expected);
	if (strcmp(text, line) != 0) {
		eprint("\"%s\", not \"%s\"\n", text, line);
		process_exit(FAILED);
	}
}

/* ---- The program -------------------------------------------------------------- */

static void *end_restarted(void *unused)
{
	for (;;) {
		await_asked();
		if (asked_result == 1)
			process_exit(RESTARTED);
	}
	return unused;
}

static void program(int flags, int enable)
{
	crew_muster(4);
	asked_flags = flags;
	if (enable) {
		asked_begin();
		spawn(end_restarted, NULL);
	}
	tell(said);
	hear(told);
	crew_roll_call();
	process_exit(0);
}

static int start_program(int flags, int enable)
{
	int pid = fork1();

	CHECK(pid >= 0);
	if (pid == 0)
		program(flags, enable);
	hear(said);
	return pid;
}

static void end_program(int pid)
{
	tell(told);
	reap(pid);
}

static void check_image(int pid)
{
	CHECK_EQUAL(wait_status(start_tool("restart", asked_path(pid), NULL,
					   NULL, NULL)), RESTARTED << 8);
	remove_file(asked_path(pid));
	CHECK_EQUAL(count_images(), 0);
}

/* ---- The tests ---------------------------------------------------------------- */

static void test_success(void)
{
	int pid = start_program(0, 1);

	for (int i = 0; i < 3; i++) {
		CHECK_EQUAL(ckpt(i ? "--timeout" : NULL, i ? "0" : NULL, pid),
			    0);
		expect_text(asked_path(pid), 0);
		check_image(pid);
	}
	end_program(pid);
}

static void test_kill(void)
{
	int pid = start_program(0, 1);

	CHECK_EQUAL(ckpt("--kill", NULL, pid), 0);
	expect_text(asked_path(pid), 0);
	CHECK_EQUAL(wait_status(pid), SIGKILL);
	check_image(pid);
}

/* It prints each path; the second one is awaited, then the program ends. */
static void test_every(void)
{
	int pid = start_program(0, 1), tool = start_ckpt("--every", "1", pid);
	char c;

	for (int lines = 0; lines < 2; lines += c == '\n')
		CHECK_EQUAL(system_call(__NR_read, output[0], &c, 1), 1);
	end_program(pid);
	CHECK_EQUAL(read_output(tool), 0);
	check_image(pid);
}

/* An ordinary process, which the signal would end; one that has ended; none. */
static void test_not_asked(void)
{
	int pid = start_program(0, 0);

	CHECK_EQUAL(ckpt(NULL, NULL, pid), 1);
	expect_text("has not enabled checkpoints", pid);
	CHECK_EQUAL(ckpt("--every", "1", pid), 1);
	tell(told);
	CHECK_EQUAL(system_call(__NR_waitid, 1 /* P_PID */, pid, 0,
				WEXITED | WNOWAIT, 0), 0);
	CHECK_EQUAL(ckpt("--kill", NULL, pid), 1);
	reap(pid);
	CHECK_EQUAL(ckpt(NULL, NULL, pid), 1);
	CHECK_EQUAL(ckpt(NULL, NULL, 0x7ffffff), 1);
	CHECK_EQUAL(count_images(), 0);
}

static void test_refused(void)
{
	static const struct { int flags; const char *text; } say[] = {
		{ CHECKPOINT_OMIT, "omitted by a callback" },
		{ CHECKPOINT_TEMPORARY, "refused by a callback, for now" },
		{ CHECKPOINT_PERMANENT,
		  "refused by a callback for good (error 125)" },
		{ CHECKPOINT_PERMANENT | CHECKPOINT_ERROR(5),
		  "refused by a callback for good (error 5)" },
	};

	for (int i = 0; i < 4; i++) {
		int pid = start_program(say[i].flags, 1);

		CHECK_EQUAL(ckpt(i % 2 ? "--kill" : NULL, NULL, pid), 1);
		expect_text(say[i].text, pid);
		CHECK_EQUAL(count_images(), 0);
		end_program(pid);		/* it was not killed */
	}
}

/* The program is stopped, so there is no answer; later the request is served. */
static void test_timeout(void)
{
	int pid = start_program(0, 1);
	int status;

	CHECK_EQUAL(system_call(__NR_kill, pid, SIGSTOP), 0);
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, WUNTRACED, 0), pid);
	CHECK_EQUAL(ckpt("--timeout", "1", pid), 1);
	expect_text("no answer within 1 s", pid);
	CHECK_EQUAL(count_images(), 0);
	CHECK_EQUAL(system_call(__NR_kill, pid, SIGCONT), 0);
	CHECK_EQUAL(ckpt(NULL, NULL, pid), 0);
	expect_text(asked_path(pid), 0);
	end_program(pid);
	check_image(pid);
}

/* It ends while ckpt waits. */
static void test_end(void)
{
	int pid = start_program(0, 1), tool, status;

	CHECK_EQUAL(system_call(__NR_kill, pid, SIGSTOP), 0);
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, WUNTRACED, 0), pid);
	tool = start_ckpt("--timeout", "0", pid);
	CHECK_EQUAL(system_call(__NR_kill, pid, SIGKILL), 0);
	CHECK_EQUAL(read_output(tool), 1);
	CHECK_EQUAL(wait_status(pid), SIGKILL);
	CHECK_EQUAL(count_images(), 0);
}

static int usage(const char *a, const char *b, const char *c)
{
	return read_output(start_tool_to(output[1], "ckpt", a, b, c, NULL));
}

static void test_usage(void)
{
	static const char *const wrong[][3] = {
		{ NULL }, { "0" }, { "-1" }, { "1x" }, { "" }, { "x" },
		{ "99999999999" }, { "1", "2" }, { "--every" }, { "--kill" },
		{ "--every", "0", "1" }, { "--every", "x", "1" },
		{ "--timeout", "-1", "1" }, { "--what", "1" }, { "1", "--every" },
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CHECK_EQUAL(usage(wrong[i][0], wrong[i][1], wrong[i][2]), 2);
		CHECK_EQUAL(memcmp(text, "ckpt: ", 6), 0);
	}
	CHECK_EQUAL(usage("--help", NULL, NULL), 0);
	CHECK_EQUAL(memcmp(text, "usage: ckpt ", 12), 0);
}

int main(void)
{
	images_begin();
	asked_learn_name();
	open_pipe(said);
	open_pipe(told);
	open_pipe(output);
	test_usage();
	test_success();
	test_kill();
	test_every();
	test_not_asked();
	test_refused();
	test_timeout();
	test_end();
	check_childless();
	images_end();
	return 0;
}
