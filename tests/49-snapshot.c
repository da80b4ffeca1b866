/* Case 49: a thread's stack is kept from copies (MADV_DONTFORK): snapshot()
 * itself says so, and not only who would resume it; nothing has happened, and
 * after MADV_DOFORK it works.  Hard because a snapshot makes no threads, and so
 * misses none. */
#include "dontfork.h"

static void check_no_snapshot(void)
{
	long mappings = count_mappings(), descriptors = count_descriptors();
	int pid = snapshot(), r;

	if (pid > 0) {				/* leave nothing behind */
		r = snapshot_resume(pid);
		eprint("a snapshot, but resumed it is %d\n", r);
		CHECK_EQUAL(snapshot_discard(pid), 0);
	}
	CHECK_EQUAL(pid, -EOPNOTSUPP);
	check_childless();
	CHECK_EQUAL(count_mappings(), mappings);
	CHECK_EQUAL(count_descriptors(), descriptors);
	crew_roll_call();
}

static void check_snapshot(void)
{
	int snap = snapshot(), pid;

	CHECK(snap >= 0);
	crew_roll_call();
	if (snap == 0)
		return;
	pid = snapshot_resume(snap);
	CHECK_EQUAL(snapshot_discard(snap), 0);
	CHECK(pid > 0);
	reap(pid);
}

static void test(int n)
{
	char *pages[] = {
		victim.stack, victim.stack - 2 * PAGE, victim.tls,
		(char *)victim.thread, (char *)thread_self(),
	};

	(void)n;
	for (int i = 0; i < 5; i++) {
		CHECK_EQUAL(advise(pages[i], MADV_DONTFORK), 0);
		check_no_snapshot();
		CHECK_EQUAL(advise(pages[i], MADV_DOFORK), 0);
	}
	check_snapshot();
}

int main(void)
{
	for_each_count(n)
		run(n, test);
	return 0;
}
