/* What else belongs to a process, in a restarted one: working directory, umask,
 * limits, and what signals do: a handler runs, with the mask and flags with which
 * it was set; what is ignored stays ignored, what ends the process ends it. */
#include "restart.h"
#include "signals.h"
#include <linux/resource.h>

static int handled;
static unsigned long mask_inside;

static void on_signal(int signal)
{
	CHECK_EQUAL(signal, SIGUSR1);
	mask_inside = get_mask();
	handled++;
}

static void set_process(void)
{
	struct rlimit64 limit = { 200, 300 };

	CHECK_EQUAL(system_call(__NR_chdir, image_directory), 0);
	system_call(__NR_umask, 0123);
	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL),
		    0);
	handle_masked(SIGUSR1, on_signal, SA_RESTART, BIT(SIGUSR2));
	handle(SIGUSR2, SIG_IGN, 0);
	handle(SIGPIPE, SIG_DFL, 0);
}

static void check_process(void)
{
	struct signal_action action;
	struct rlimit64 limit;
	char directory[128] = { 0 };
	int ends[2];

	CHECK(system_call(__NR_getcwd, directory, sizeof directory) > 0);
	CHECK_EQUAL(strcmp(directory, image_directory), 0);
	CHECK_EQUAL(system_call(__NR_umask, 0123), 0123);
	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit),
		    0);
	CHECK_EQUAL(limit.rlim_cur, 200);
	CHECK_EQUAL(limit.rlim_max, 300);
	handled = 0;
	send(getpid(), gettid(), SIGUSR2);
	send(getpid(), gettid(), SIGUSR1);
	CHECK_EQUAL(handled, 1);
	CHECK_EQUAL(mask_inside, BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(40));
	CHECK_EQUAL(get_mask(), BIT(40));
	CHECK_EQUAL(signal_action(SIGUSR1, NULL, &action), 0);
	CHECK_EQUAL(action.handler, on_signal);
	CHECK_EQUAL(action.flags & SA_RESTART, SA_RESTART);
	CHECK_EQUAL(signal_action(SIGUSR2, NULL, &action), 0);
	CHECK_EQUAL(action.handler, SIG_IGN);
	open_pipe(ends);
	system_call(__NR_close, ends[0]);
	system_call(__NR_write, ends[1], "x", 1);	/* the end */
}

int main(void)
{
	static const char *const options[] = { "--", "--lazy", "--ordered" };
	int pid, r, status;

	images_begin();
	if (*image_directory == '.')
		skip("there is no /tmp");
	set_process();
	set_mask(BIT(40));
	r = checkpoint(image_path);
	CHECK(r >= 0);
	if (r == 1)
		check_process();
	for (int i = 0; i < 3; i++) {
		system_call(__NR_chdir, "/");
		pid = restart_image(options[i]);
		CHECK_EQUAL(system_call(__NR_wait4, pid, &status, 0, NULL),
			    pid);
		CHECK_EQUAL(status, SIGPIPE);
	}
	images_end();
	return 0;
}
