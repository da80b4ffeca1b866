/* Case 36: a thread is in vfork, from which no signal gets it out until its child
 * has gone: the stop times out and says which thread it was.  All others run on,
 * nothing is left over, and after the vfork the same call succeeds. */
#include "proc.h"
#include "crew.h"
#include <linux/sched.h>

static int from_child[2], to_child[2];

/* The child has memory of its own, so that it may do as it likes. */
static void *vforker(void *argument)
{
	long pid = system_call(__NR_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);

	CHECK(pid >= 0);
	if (pid == 0) {
		tell(from_child);
		hear(to_child);
		process_exit(0);
	}
	CHECK_EQUAL(argument, &to_child);
	return (void *)pid;
}

/* On a busy machine another thread may be late, too: then give them more time. */
static void check_timeout(const struct thread *culprit)
{
	int timeout = 30;			/* ms */

	do {
		stop_timeout(timeout);
		CHECK_EQUAL(forkall(), -ETIMEDOUT);
		timeout *= 2;
	} while (stop_culprit() != thread_tid(culprit) && timeout < 5000);
	CHECK_EQUAL(stop_culprit(), thread_tid(culprit));
	stop_timeout(5000);
}

static void test(int n)
{
	int descriptors = count_descriptors(), pid;
	struct thread *thread;
	void *child;

	crew_muster(n);
	thread = spawn(vforker, &to_child);
	hear(from_child);
	for (int i = 0; i < 3; i++) {
		check_timeout(thread);
		CHECK_EQUAL(count_descriptors(), descriptors);
		crew_roll_call();
	}
	tell(to_child);
	pid = crew_forkall(n - 1);
	CHECK(pid >= 0);
	CHECK_EQUAL(thread_join(thread, &child), 0);
	crew_dismiss();
	if (pid == 0)
		process_exit(0);
	reap(pid);
	reap((int)(long)child);
	check_childless();
}

int main(void)
{
	open_pipe(from_child);
	open_pipe(to_child);
	for_each_count(n)
		test(n);
	return 0;
}
