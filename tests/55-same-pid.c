/* restart --same-pid: the process and each of its threads has the id that it had;
 * without the privilege for it, restart says so and exits with 1. */
#include "restart.h"
#include "crew.h"

#define THREADS 8

static int old_tids[THREADS], old_pid;

static void note_tid(struct thread *thread, int number)
{
	old_tids[number] = thread_tid(thread);
}

static void check_tid(struct thread *thread, int number)
{
	char path[48];

	CHECK_EQUAL(thread_tid(thread), old_tids[number]);
	format(path, sizeof path, "/proc/self/task/%d/status",
	       old_tids[number]);
	CHECK_EQUAL(proc_field(path, "Tgid:"), old_pid);
}

/* Its ids are free when it has been reaped. */
static _Noreturn void original(void)
{
	int r;

	crew_muster(THREADS);
	old_pid = getpid();
	crew_for_all(0, note_tid);
	r = checkpoint(image_path);
	CHECK(r >= 0);
	CHECK_EQUAL(getpid(), old_pid);
	crew_for_all(0, check_tid);
	crew_roll_call();
	crew_dismiss();
	process_exit(r == 1 ? 42 : 0);
}

static int may_choose_ids(void)
{
	return system_call(__NR_geteuid) == 0;
}

int main(void)
{
	static const char *const options[] = { "--", "--lazy", "--ordered" };
	int pid, status;

	images_begin();
	pid = fork1();
	CHECK(pid >= 0);
	if (pid == 0)
		original();
	reap(pid);
	for (int i = 0; i < 3; i++) {
		pid = start_tool("restart", "--same-pid", options[i],
				 image_path, NULL);
		CHECK_EQUAL(system_call(__NR_wait4, pid, &status, 0, NULL),
			    pid);
		CHECK_EQUAL(status, (may_choose_ids() ? 42 : 1) << 8);
	}
	images_end();
	return 0;
}
