/* Case 55: each system call that snapshot() and snapshot_resume() make, in the
 * original, the snapshot or the resumed copy, fails in turn with this and that
 * error; and the snapshot or the copy is killed at each begin and end of a call.
 * There is an error, or a copy in which all is right; the original and the
 * snapshot are as before, and nothing else is left. */
#include "fault.h"
#include "faulty.h"
#include "one_processor.h"

#define THREADS 3

static void check_end(int pid)
{
	int status;

	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, __WALL, 0), pid);
	CHECK(status == 0 || (status == SIGKILL && shared->killed));
}

/* Without a fault, the snapshot can be resumed again. */
static void resume_again(int pid)
{
	int r;

	if (shared->killed)
		return;
	r = snapshot_resume(pid);
	CHECK(r > 0);
	check_end(r);
}

static void work(void)
{
	int pid, r;

	fault_arm();
	pid = snapshot();
	if (pid == 0) {
		fault_disarm(1);
		crew_roll_call();
		oneself_look();
		process_exit(0);
	}
	r = pid < 0 ? pid : snapshot_resume(pid);
	shared->armed[0] = shared->armed[1] = 0;
	shared->result = r;
	crew_roll_call();
	oneself_look();
	if (r > 0)
		check_end(r);
	if (pid > 0) {
		resume_again(pid);
		if (snapshot_discard(pid) == -ESRCH)
			check_end(pid);
	}
	check_childless();
}

int main(int argc, char **argv)
{
	use_one_processor();
	fault_begin(argc, argv, 5);
	faulty_start(THREADS, work);
	faulty_run();
	CHECK(shared->result > 0);
	fault_kills(faulty_run, 0);
	fault_fails(faulty_run);
	faulty_end();
	return 0;
}
