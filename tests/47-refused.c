/* Case 47: a thread has a priority that the caller of forkall() lacks and may
 * not give: -EPERM, and nothing has happened.  The thread that has the best one
 * may call, and so may any when all are equal: to have it needs no privilege.
 * Hard because only the copy finds out, when some of its threads exist. */
#include "proc.h"
#include "crew.h"
#include <linux/resource.h>

static void become_ordinary(void)
{
	struct rlimit64 none = { 0, 0 };
	int uid = 65534;

	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_NICE, &none, NULL),
		    0);
	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_RTPRIO, &none, NULL),
		    0);
	if (system_call(__NR_geteuid) == 0)
		CHECK_EQUAL(system_call(__NR_setresuid, uid, uid, uid), 0);
}

static void set_nice(int number, int nice)
{
	struct thread *thread = number ? crew.members[number] : thread_self();

	CHECK_EQUAL(system_call(__NR_setpriority, PRIO_PROCESS,
				thread_tid(thread), nice), 0);
}

static void check_refused(int n, int caller)
{
	long mappings = count_mappings(), descriptors = count_descriptors();

	CHECK_EQUAL(crew_forkall(caller), -EPERM);
	check_childless();
	CHECK_EQUAL(count_mappings(), mappings);
	CHECK_EQUAL(count_descriptors(), descriptors);
	CHECK_EQUAL(proc_field("/proc/self/status", "Threads:"), n);
	crew_roll_call();
}

static void check_copied(int caller)
{
	int pid = crew_forkall(caller);

	CHECK(pid >= 0);
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

/* One member of the crew, odd, is better than all others. */
static void test(int n, int odd)
{
	become_ordinary();
	crew_muster(n);
	for (int i = 0; i < n; i++)
		if (i != odd)
			set_nice(i, 5);
	for (int i = 0; i < n; i += n / 2)
		if (i != odd)
			check_refused(n, i);
	check_copied(odd);
	set_nice(odd, 5);
	check_copied(n - 1);
	crew_dismiss();
	process_exit(0);
}

int main(void)
{
	int pid;

	for_each_count(n) {
		for (int odd = 0; n > 1 && odd < n; odd += n - 1) {
			pid = fork1();
			CHECK(pid >= 0);
			if (pid == 0)
				test(n, odd);
			reap(pid);
		}
	}
	return 0;
}
