/* Case 33: what must not be called from a synccall callback, because the stopped
 * threads hold what it needs, says -EDEADLK, in every thread; what a callback
 * may do works.  After that the same calls succeed. */
#include "proc.h"
#include "crew.h"

static int refused, handled;

static void *nothing(void *argument)
{
	return argument;
}

static void handler(int signal)
{
	(void)signal;
	add(&handled, 1);
}

static void never(void *unused)
{
	(void)unused;
	CHECK(0);
}

static void callback(void *unused)
{
	const struct signal_action action = { .handler = handler };
	struct thread_attr attr = { .detached = 1 };
	struct thread *thread;

	(void)unused;
	CHECK_EQUAL(synccall(never, NULL), -EDEADLK);
	CHECK_EQUAL(forkall(), -EDEADLK);
	CHECK_EQUAL(forkallx(FORK_NOSIGCHLD), -EDEADLK);
	CHECK_EQUAL(fork1(), -EDEADLK);
	CHECK_EQUAL(snapshot(), -EDEADLK);
	CHECK_EQUAL(thread_create(&thread, NULL, nothing, NULL), -EDEADLK);
	CHECK_EQUAL(thread_create(NULL, &attr, nothing, NULL), -EDEADLK);
	CHECK_EQUAL(synccall(NULL, NULL), -EINVAL);
	CHECK_EQUAL(thread_join(thread_self(), NULL), -EDEADLK);
	CHECK_EQUAL(stop_culprit(), 0);
	CHECK_EQUAL(signal_action(SIGUSR1, &action, NULL), 0);
	refused++;				/* one by one: no need to lock */
}

/* Nothing of the refusal is left behind. */
static void check_allowed(void)
{
	struct thread *thread;
	void *result;
	int pid;

	CHECK_EQUAL(thread_create(&thread, NULL, nothing, &refused), 0);
	CHECK_EQUAL(thread_join(thread, &result), 0);
	CHECK_EQUAL(result, &refused);
	pid = fork1();
	if (pid == 0)
		process_exit(0);
	reap(pid);
	pid = snapshot();
	CHECK(pid > 0);
	CHECK_EQUAL(snapshot_discard(pid), 0);
	CHECK_EQUAL(system_call(__NR_kill, getpid(), SIGUSR1), 0);
}

int main(void)
{
	int descriptors = count_descriptors(), pid;

	CHECK_EQUAL(synccall(NULL, NULL), -EINVAL);
	CHECK_EQUAL(forkallx(~0), -EINVAL);
	for_each_count(n) {
		crew_muster(n);
		refused = handled = 0;
		CHECK_EQUAL(synccall(callback, NULL), 0);
		CHECK_EQUAL(refused, n);
		check_allowed();
		pid = crew_forkall(n - 1);
		CHECK(pid >= 0);
		if (pid == 0)
			process_exit(0);
		reap(pid);
		while (load(&handled) != 1)
			system_call(__NR_sched_yield);
		crew_dismiss();
		check_childless();
		CHECK_EQUAL(count_descriptors(), descriptors);
	}
	return 0;
}
