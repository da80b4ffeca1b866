/* Case 56: requests wait for a snapshot that is stopped (SIGSTOP); the process
 * that asks is meanwhile stopped, and copied.  Each gets its own answer; in the
 * copy, which has asked nothing, -ECANCELED; and an answer that comes after
 * its request was given up is not taken for another's. */
#include "proc.h"
#include "signals.h"

#define MOST   8
#define STOPS  5
#define MINUTE 60000

static int snapshot_pid, results[MOST];
static int *resumed;				/* shared: pid of the last */

static void *asker(void *argument)
{
	results[(long)argument] = snapshot_resume(snapshot_pid);
	return NULL;
}

static void nothing(void *unused)
{
	(void)unused;
}

static void await_state(char state)
{
	while (signals_of(snapshot_pid, snapshot_pid).state != state)
		system_call(__NR_sched_yield);
}

static void signal_snapshot(int signal, char state)
{
	CHECK_EQUAL(system_call(__NR_kill, snapshot_pid, signal), 0);
	await_state(state);
}

static void take(void)
{
	snapshot_pid = snapshot();
	CHECK(snapshot_pid >= 0);
	if (snapshot_pid)
		return;
	store(resumed, getpid());
	process_exit(0);
}

static void test_copied(int n)
{
	struct thread *threads[MOST];
	int copy;

	take();
	signal_snapshot(SIGSTOP, 'T');
	for (long i = 0; i < n; i++) {
		threads[i] = spawn(asker, (void *)i);
		wait_asleep(thread_tid(threads[i]));
	}
	for (int i = 0; i < STOPS; i++)
		CHECK_EQUAL(synccall(nothing, NULL), 0);
	copy = forkall();
	CHECK(copy >= 0);
	if (copy)
		CHECK_EQUAL(system_call(__NR_kill, snapshot_pid, SIGCONT), 0);
	for (int i = 0; i < n; i++) {
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
		if (copy == 0)
			CHECK_EQUAL(results[i], -ECANCELED);
		for (int j = 0; j < i && copy; j++)
			CHECK(results[i] != results[j]);
	}
	if (copy == 0)
		process_exit(0);
	reap(copy);
	for (int i = 0; i < n; i++) {
		CHECK(results[i] > 0);
		reap(results[i]);
	}
	CHECK_EQUAL(snapshot_discard(snapshot_pid), 0);
	check_childless();
}

/* With everything blocked, the late answer waits for whoever looks for one. */
static void test_late(void)
{
	int given_up, pid;

	*resumed = 0;
	set_mask(EVERYTHING);
	take();
	signal_snapshot(SIGSTOP, 'T');
	stop_timeout(100);
	CHECK_EQUAL(snapshot_resume(snapshot_pid), -ETIMEDOUT);
	stop_timeout(MINUTE);
	CHECK(!(pending_signals() & BIT(SIGRESTART)));
	CHECK_EQUAL(system_call(__NR_kill, snapshot_pid, SIGCONT), 0);
	while (!(pending_signals() & BIT(SIGRESTART)) || !load(resumed))
		system_call(__NR_sched_yield);
	given_up = load(resumed);
	pid = snapshot_resume(snapshot_pid);
	CHECK(pid > 0 && pid != given_up);
	reap(given_up);
	reap(pid);
	CHECK_EQUAL(get_mask(), BLOCKABLE);
	set_mask(0);
	CHECK_EQUAL(snapshot_discard(snapshot_pid), 0);
	check_childless();
}

int main(void)
{
	resumed = memory_shared(sizeof *resumed);
	stop_timeout(MINUTE);
	test_copied(1);
	test_copied(2);
	test_copied(MOST);
	test_late();
	return 0;
}
