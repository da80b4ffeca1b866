/* Case 38: ten thousand threads, or as many as this machine has room for in two
 * processes.  All are there in the copy, in the copy's copy, and in P after
 * that, and a callback reaches them all. */
#include "proc.h"
#include "crew.h"
#include <linux/resource.h>

static int runs;

static void callback(void *unused)
{
	(void)unused;
	add(&runs, 1);
}

static long number_in(const char *path)
{
	return proc_field(path, "");
}

static long least(long a, long b)
{
	return a < b ? a : b;
}

/* A thread has two mappings and some 64 KiB: the kernel's stack and its own, with
 * a signal frame; the copy's pages are its own when both have run.  Of what
 * others need, too, a third is taken. */
static int room(void)
{
	struct rlimit64 limit;
	long n = CREW_MAX;

	n = least(n, number_in("/proc/sys/kernel/threads-max") / 3);
	n = least(n, number_in("/proc/sys/kernel/pid_max") / 3);
	n = least(n, number_in("/proc/sys/vm/max_map_count") / 3);
	n = least(n, proc_field("/proc/meminfo", "MemAvailable:") / 3 / 64);
	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_NPROC, 0, &limit), 0);
	if (limit.rlim_cur < CREW_MAX * 3UL)
		n = least(n, (long)limit.rlim_cur / 3);
	return (int)n;
}

int main(void)
{
	int n = room(), pid;

	print("%d threads\n", n);
	CHECK(n >= 100);
	crew_muster(n);
	CHECK_EQUAL(synccall(callback, NULL), 0);
	CHECK_EQUAL(runs, n);
	pid = crew_forkall(n / 2);
	CHECK(pid >= 0);
	CHECK_EQUAL(proc_field("/proc/self/status", "Threads:"), n);
	if (pid == 0)
		process_exit(0);
	reap(pid);
	crew_dismiss();
	await_threads(1);
	return 0;
}
