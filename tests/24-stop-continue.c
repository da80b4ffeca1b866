/* Case 24: SIGSTOP and SIGCONT at random moments of many forkalls, to P and to
 * its copies from the moment they exist: everything is only late, no call of
 * the program ends early, no stop times out. */
#include "signals.h"
#include "proc.h"

#define MOST   64
#define ROUNDS 8

static struct semaphore semaphore;
static struct barrier barrier;
static int ending;

static void *waiter(void *argument)
{
	struct timespec far = { 1L << 32, 0 };

	switch ((long)argument % 4) {
	case 0:
		CHECK_EQUAL(semaphore_wait(&semaphore), 0);
		break;
	case 1:
		CHECK_EQUAL(semaphore_wait_until(&semaphore, &far), 0);
		break;
	case 2:
		barrier_wait(&barrier);
		break;
	default:
		while (!load(&ending))
			CHECK_EQUAL(sleep_for(10000000), 0);
	}
	return argument;
}

static void end(struct thread **threads, int n)
{
	store(&ending, 1);
	for (int i = 0; i < n; i++)
		if (i % 4 < 2)
			CHECK_EQUAL(semaphore_post(&semaphore), 0);
	barrier_wait(&barrier);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
}

static void test(int n)
{
	struct thread *threads[MOST];
	int pid = 1;

	ending = 0;
	/* Every fourth thread and the main one. */
	CHECK_EQUAL(barrier_init(&barrier, (n + 1) / 4 + 1), 0);
	for (long i = 0; i < n; i++)
		threads[i] = spawn(waiter, (void *)i);
	for (int i = 0; i < ROUNDS && pid; i++) {
		pid = forkall();
		CHECK(pid >= 0);
		if (pid)
			reap(pid);
	}
	end(threads, n);
	if (pid == 0)
		process_exit(0);
}

static void pause_random(unsigned long *seed)
{
	unsigned delay = random_next(seed) % 100000;

	while (delay--)
		__asm__ volatile("" : : : "memory");
}

static void stop_and_continue(int pid, unsigned long *seed)
{
	system_call(__NR_kill, pid, SIGSTOP);
	pause_random(seed);
	system_call(__NR_kill, pid, SIGCONT);
}

/* The newest child of P's main thread, or P. */
static int newest(int pid)
{
	char path[48], text[64];
	long fd, n;

	format(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
	fd = system_call(__NR_openat, AT_FDCWD, path, O_RDONLY, 0);
	if (fd < 0)
		return pid;
	n = system_call(__NR_read, fd, text, sizeof text - 1);
	system_call(__NR_close, fd);
	text[n > 0 ? n : 0] = 0;
	return n > 0 ? (int)proc_number(text) : pid;
}

int main(int argc, char **argv)
{
	unsigned long seed = random_seed(argc, argv);
	int pid, status = -1;
	long r;

	pid = fork1();
	CHECK(pid >= 0);
	if (pid == 0) {
		for_each_count(n)
			test(n);
		process_exit(0);
	}
	do {
		pause_random(&seed);
		stop_and_continue(random_next(&seed) % 2 ? pid : newest(pid),
				  &seed);
		r = system_call(__NR_wait4, pid, &status, WNOHANG, NULL);
	} while (r == 0);
	CHECK_EQUAL(r, pid);
	CHECK_EQUAL(status, 0);
	return 0;
}
