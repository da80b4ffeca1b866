/* Case 15: each system call that forkall() makes, in the original or in the
 * copy, fails in turn with this and that error; and the copy is killed at each
 * begin and end of a call.  forkall() gives an error and no copy, or a copy in
 * which all is right; the original is as before, and nothing else is left. */
#include "fault.h"
#include "faulty.h"
#include "one_processor.h"

#define THREADS 3

static int caller;

static int armed_forkall(void)
{
	int r;

	fault_arm();
	r = forkall();
	fault_disarm(r == 0);
	return r;
}

/* The main thread calls, then another. */
static void work(void)
{
	int r, status;

	if (caller == 0) {
		r = armed_forkall();
		crew_roll_call();
	} else {
		r = crew_forkall(caller);
	}
	oneself_look();
	if (r == 0)
		process_exit(0);
	shared->result = r;
	if (r > 0) {
		CHECK_EQUAL(system_call(__NR_wait4, r, &status, __WALL, 0), r);
		CHECK(status == 0 || (status == SIGKILL && shared->killed));
	}
	check_childless();
}

static void test(void)
{
	faulty_start(THREADS, work);
	faulty_run();
	CHECK(shared->result > 0);
	fault_kills(faulty_run, 0);
	fault_fails(faulty_run);
	faulty_end();
}

int main(int argc, char **argv)
{
	use_one_processor();
	fault_begin(argc, argv, 5);
	crew.copy = armed_forkall;
	test();
	caller = THREADS - 1;
	oneself_backwards = 1;
	test();
	return 0;
}
