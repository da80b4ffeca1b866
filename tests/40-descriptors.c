/* Case 40: no descriptor is left for the pipe to the copy, or only one.  forkall()
 * gives -EMFILE and nothing has happened; with two free it works, and they are
 * free again after that in P and in the copy. */
#include "proc.h"
#include "crew.h"
#include <linux/resource.h>

static void allow(int descriptors)
{
	struct rlimit64 limit = { (unsigned)descriptors, 256 };

	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL),
		    0);
}

int main(void)
{
	const int used = 3;
	int pid;

	/* The limit is on their numbers: let there be no gap. */
	CHECK_EQUAL(system_call(__NR_close_range, used, ~0U, 0), 0);
	CHECK_EQUAL(count_descriptors(), used);
	for_each_count(n) {
		crew_muster(n);
		for (int room = 0; room < 2; room++) {
			allow(used + room);
			CHECK_EQUAL(forkall(), -EMFILE);
			CHECK_EQUAL(snapshot(), -EMFILE);
			check_childless();
			CHECK_EQUAL(count_descriptors(), used);
			crew_roll_call();
		}
		allow(used + 2);
		for (int i = 0; i < 3; i++) {
			pid = crew_forkall(n - 1);
			CHECK(pid >= 0);
			CHECK_EQUAL(count_descriptors(), used);
			if (pid == 0)
				process_exit(0);
			reap(pid);
		}
		allow(256);
		crew_dismiss();
	}
	return 0;
}
