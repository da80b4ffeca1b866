/* Case 9: a wait for a child goes on in P, whatever stops it, and returns that
 * child's status.  In a copy, which has no children, the same call gives
 * ECHILD. Some of the waits are made without the library. */
#include "blocked.h"

static int original, children[MOST], leave[2];

static long call_wait(int number, int *status)
{
	int child = children[number];
	siginfo_t info = { 0 };
	long r;

	switch (number % 3) {
	case 0:
		return system_call(__NR_wait4, child, status, 0, NULL);
	case 1:
		return sys(wait4, child, status, 0, NULL);
	default:
		r = system_call(__NR_waitid, P_PID, child, &info, WEXITED,
				NULL);
		*status = info.si_status << 8;
		return r < 0 ? r : info.si_pid;
	}
}

static void waiter(int number)
{
	int status;
	long r = call_wait(number, &status);

	if (getpid() != original) {
		CHECK_EQUAL(r, -ECHILD);
		return;
	}
	CHECK_EQUAL(r, children[number]);
	CHECK_EQUAL(status, number << 8);
}

static void make_children(int n)
{
	for (int i = 0; i < n; i++) {
		children[i] = fork1();
		CHECK(children[i] >= 0);
		if (children[i] == 0) {
			hear(leave);
			process_exit(i);
		}
	}
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	original = getpid();
	open_pipe(leave);
	for_each_count(n) {
		make_children(n);
		begin(n, waiter);
		for (int i = 0; i < STOPS && !blocked.is_copy; i++) {
			if (random_next(&random) % 2)
				await_blocked();
			stop_once(is_copy_due(i));
		}
		for (int i = 0; i < n && !blocked.is_copy; i++) {
			tell(leave);
			stop_once(0);
		}
		finish();
	}
	return 0;
}
