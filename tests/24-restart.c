/* Case 24: SIGCONT makes the kernel go on with every timed wait by itself, by a
 * restart_syscall() that it puts into the thread.  A stop signal that arrives
 * in between, in user mode, must not turn that into EINTR: the kernel forgets
 * what to go on with whenever a handler returns. */
#include "signals.h"

#define THREADS 4
#define TIME    300000000L		/* the moment is rarely met */

static struct semaphore semaphore;

static void *waiter(void *argument)
{
	struct timespec far = { 1L << 32, 0 };

	CHECK_EQUAL(semaphore_wait_until(&semaphore, &far), 0);
	return argument;
}

static void disturb(int pid, const int *tids, unsigned long seed)
{
	long end = clock_now() + TIME;
	unsigned delay;

	while (clock_now() < end) {
		CHECK_EQUAL(system_call(__NR_kill, pid, SIGSTOP), 0);
		CHECK_EQUAL(system_call(__NR_kill, pid, SIGCONT), 0);
		delay = random_next(&seed) % 40000;
		while (delay--)
			__asm__ volatile("" : : : "memory");
		for (int t = 0; t < THREADS; t++)
			send(pid, tids[t], SIGSYNCCALL);
	}
	process_exit(0);
}

int main(int argc, char **argv)
{
	unsigned long seed = random_seed(argc, argv);
	struct thread *threads[THREADS];
	int tids[THREADS], original = getpid(), helper, pid;

	for (int i = 0; i < THREADS; i++) {
		threads[i] = spawn(waiter, NULL);
		tids[i] = thread_tid(threads[i]);
	}
	helper = fork1();
	CHECK(helper >= 0);
	if (helper == 0)
		disturb(original, tids, seed);
	reap(helper);
	pid = forkall();
	CHECK(pid >= 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQUAL(semaphore_post(&semaphore), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	if (pid == 0)
		process_exit(0);
	reap(pid);
	return 0;
}
