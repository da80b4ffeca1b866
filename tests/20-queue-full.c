/* Case 20: at RLIMIT_SIGPENDING a real-time signal for one thread fails with
 * EAGAIN.  The stop reaches every thread all the same, gives up on a deaf one
 * with its name, and the copies of such a process can do as much. */
#include "raw.h"
#include <linux/resource.h>

static int callbacks;

static void callback(void *argument)
{
	(void)argument;
	add(&callbacks, 1);
}

static void check_time(long begin)
{
	CHECK(clock_now() - begin < 2000000000L);
}

static void check_deaf(void)
{
	struct deaf deaf;

	deaf_start(&deaf);
	stop_timeout(100);
	CHECK_EQUAL(forkall(), -ETIMEDOUT);
	CHECK_EQUAL(stop_culprit(), deaf.tid);
	stop_timeout(5000);
	deaf_open(&deaf);
	CHECK_EQUAL(synccall(callback, NULL), 0);
	deaf_end(&deaf);
	deaf_close(&deaf);
}

static void test(int n)
{
	long begin = clock_now();
	int pid;

	crew_muster(n);
	callbacks = 0;
	CHECK_EQUAL(synccall(callback, NULL), 0);
	CHECK_EQUAL(callbacks, n);
	pid = crew_forkall(n - 1);
	CHECK(pid >= 0);
	CHECK_EQUAL(synccall(callback, NULL), 0);
	CHECK_EQUAL(callbacks, 2 * n);
	check_time(begin);
	crew_roll_call();
	crew_dismiss();
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

int main(void)
{
	struct rlimit64 none = { 0, 0 };

	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_SIGPENDING, &none,
				NULL), 0);
	CHECK_EQUAL(system_call(__NR_tgkill, getpid(), gettid(), SIGSYNCCALL),
		    -EAGAIN);
	for_each_count(n)
		test(n);
	check_deaf();
	return 0;
}
