/* Case 27: thread_exit() of the last thread ends the process with status 0, be it
 * the main thread or another, in P and in the copy; that of any other thread,
 * even the main one, leaves the rest running. */
#include "proc.h"
#include "crew.h"

static struct barrier all;
static int *left;				/* in shared memory */

/* Threads end in any order; the last one is whoever it happens to be. */
static void *leaver(void *unused)
{
	(void)unused;
	barrier_wait(&all);
	add(left, 1);
	thread_exit((void *)7);
}

static _Noreturn void run(int n, int copied)
{
	int pid = 0;

	CHECK_EQUAL(barrier_init(&all, n), 0);
	for (int i = 1; i < n; i++)
		CHECK_EQUAL(thread_detach(spawn(leaver, NULL)), 0);
	if (copied) {
		pid = forkall();
		CHECK(pid >= 0);
		if (pid > 0)
			reap(pid);
	}
	leaver(NULL);
	process_exit(1);
}

int main(void)
{
	int pid;

	left = memory_shared(sizeof *left);
	for_each_count(n) {
		for (int copied = 0; copied < 2; copied++) {
			store(left, 0);
			pid = fork1();
			CHECK(pid >= 0);
			if (pid == 0)
				run(n, copied);
			reap(pid);
			CHECK_EQUAL(load(left), copied ? 2 * n : n);
		}
	}
	return 0;
}
