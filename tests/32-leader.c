/* Case 32: whichever thread called forkall(), the main thread is the leader of
 * the copy as well: its kernel id is the process id, nobody else's is, and it
 * goes on in the main program with its own stack. */
#include "proc.h"
#include "crew.h"

static void check_leader(int *on_stack)
{
	CHECK_EQUAL(thread_id(thread_self()), 0);
	CHECK_EQUAL(thread_tid(thread_self()), getpid());
	CHECK_EQUAL(gettid(), getpid());
	CHECK_EQUAL(*on_stack, 4711);
}

int main(void)
{
	int on_stack = 4711, original = getpid(), pid;

	for_each_count(n) {
		crew_muster(n);
		for (int caller = 0; caller < n; caller++) {
			pid = crew_forkall(caller);
			CHECK(pid >= 0);
			CHECK_EQUAL(getpid() == original, pid > 0);
			check_leader(&on_stack);
			CHECK_EQUAL(proc_field("/proc/self/status", "Threads:"),
				    n);
			if (pid == 0)
				process_exit(0);
			reap(pid);
		}
		crew_dismiss();
		await_threads(1);
	}
	return 0;
}
