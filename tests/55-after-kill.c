/* Case 55: P is killed, before it asks for a resume or while it waits for one;
 * its snapshot is resumed three times all the same.  Hard because it must
 * not need P: what it resumes are children of whoever has inherited it, and an
 * answer may find that nobody waits for it any more. */
#include "proc.h"
#include "signals.h"

#define RESUMES 3

static struct shared {
	int snapshot;
	int resumed;			/* how many, with all threads */
} *shared;

static void await_state(int pid, char state)
{
	while (signals_of(pid, pid).state != state)
		system_call(__NR_sched_yield);
}

/* P, and what is resumed. */
static _Noreturn void run(int n, int asks, int heir)
{
	char name[16] = "";
	int pid;

	crew_muster(n);
	pid = snapshot();
	CHECK(pid >= 0);
	if (pid == 0) {
		crew_roll_call();
		crew_dismiss();
		CHECK_EQUAL(system_call(__NR_getppid), heir);
		CHECK_EQUAL(system_call(__NR_prctl, PR_GET_NAME, name), 0);
		CHECK_EQUAL(strcmp(name, "55-after-kill"), 0);
		add(&shared->resumed, 1);
		process_exit(0);
	}
	if (asks) {
		CHECK_EQUAL(system_call(__NR_kill, pid, SIGSTOP), 0);
		await_state(pid, 'T');
	}
	store(&shared->snapshot, pid);
	if (asks)
		snapshot_resume(pid);
	for (;;)
		system_call(__NR_ppoll, NULL, 0, NULL, NULL);
}

/* The snapshot is stopped, and P's request waits for it. */
static void answer_nobody(int snapshot, int p)
{
	int status, pid;

	while (!(signals_of(snapshot, snapshot).shared & BIT(SIGRESTART)))
		system_call(__NR_sched_yield);
	CHECK_EQUAL(system_call(__NR_kill, p, SIGKILL), 0);
	CHECK_EQUAL(system_call(__NR_wait4, p, &status, 0, NULL), p);
	CHECK_EQUAL(status, SIGKILL);
	CHECK_EQUAL(system_call(__NR_kill, snapshot, SIGCONT), 0);
	pid = (int)system_call(__NR_wait4, -1, &status, 0, NULL);
	CHECK(pid > 0 && pid != snapshot);
	CHECK_EQUAL(status, 0);
}

static void test(int n, int asks)
{
	int self = getpid(), p, snapshot, status, pid;

	shared->snapshot = shared->resumed = 0;
	p = fork1();
	CHECK(p >= 0);
	if (p == 0)
		run(n, asks, self);
	while (!(snapshot = load(&shared->snapshot)))
		system_call(__NR_sched_yield);
	if (asks) {
		answer_nobody(snapshot, p);
	} else {
		CHECK_EQUAL(system_call(__NR_kill, p, SIGKILL), 0);
		CHECK_EQUAL(system_call(__NR_wait4, p, &status, 0, NULL), p);
		CHECK_EQUAL(status, SIGKILL);
	}
	for (int i = 0; i < RESUMES; i++) {
		pid = snapshot_resume(snapshot);
		CHECK(pid > 0 && pid != snapshot);
		reap(pid);
	}
	CHECK_EQUAL(shared->resumed, RESUMES + asks);
	CHECK_EQUAL(snapshot_discard(snapshot), 0);
	check_childless();
}

int main(void)
{
	adopt_orphans();
	shared = memory_shared(sizeof *shared);
	for_each_count(n) {
		test(n, 0);
		test(n, 1);
	}
	return 0;
}
