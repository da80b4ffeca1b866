/* Case 31: the main thread has ended, and its kernel thread, the leader, is a
 * zombie.  In the copy it is one, too; the others go on, copy themselves again,
 * and the process ends with status 0 when the last of them has gone. */
#include "proc.h"
#include "crew.h"

static struct thread *main_thread;

static int leader_is_zombie(void)
{
	char path[48];

	format(path, sizeof path, "/proc/self/task/%d/status", getpid());
	return proc_state(path) == 'Z';
}

static void check_shape(int n)
{
	void *result;

	crew_roll_call();
	CHECK(thread_tid(thread_self()) != getpid());
	CHECK_EQUAL(gettid(), thread_tid(thread_self()));
	CHECK_EQUAL(thread_id(thread_self()), 1);
	while (!leader_is_zombie())		/* the copy's may be late */
		system_call(__NR_sched_yield);
	await_threads(n + 1);
	CHECK_EQUAL(thread_join(main_thread, &result), 0);
	CHECK_EQUAL(result, &main_thread);
}

/* The second thread acts as the crew's number 0. */
static void *second(void *argument)
{
	int n = (int)(long)argument, depth = 0, pid;

	crew_muster(n);
	while (!leader_is_zombie())
		system_call(__NR_sched_yield);
	do {
		pid = crew_forkall(depth % n);
		CHECK(pid >= 0);
	} while (pid == 0 && ++depth < 3);
	check_shape(n);
	crew_dismiss();
	if (pid > 0)
		reap(pid);
	thread_exit(NULL);
}

int main(void)
{
	int pid;

	main_thread = thread_self();
	for_each_count(n) {
		pid = fork1();
		CHECK(pid >= 0);
		if (pid == 0) {
			spawn(second, (void *)(long)n);
			thread_exit(&main_thread);
		}
		reap(pid);
	}
	return 0;
}
