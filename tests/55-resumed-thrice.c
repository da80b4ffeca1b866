/* Case 55: one snapshot of threads that compute, wait and hold locks is resumed
 * three times, by its maker, by another process and by a plain kill: each time
 * they go on from the same place, and come to the same results as in P.  Hard
 * because a snapshot that runs, or lets go of anything, is another one then. */
#include "proc.h"
#include "crew.h"

#define MOST    64
#define RESUMES 3

static struct shared {
	int resumed;			/* how often */
	int pid, answer;		/* of the last; as told to who asked */
	long results[RESUMES];
} *shared;

static struct thread *threads[MOST];
static struct mutex held;
static struct semaphore ready, go, let_go, never;
static int bytes[2], released, entered;
static _Thread_local long own;

/* What it began with stays in registers meanwhile. */
static long compute(long n)
{
	long x = n * 12345;
	double y = 1 / (double)(n + 1);

	CHECK_EQUAL(semaphore_post(&ready), 0);
	while (!load(&released))
		;
	return x + (long)(y * 1e6);
}

/* One holds the lock, the others wait for it; how many have had it before? */
static long hold(long n)
{
	if (n == 1)
		CHECK_EQUAL(mutex_lock(&held), 0);
	CHECK_EQUAL(semaphore_post(&ready), 0);
	if (n == 1)
		CHECK_EQUAL(semaphore_wait(&let_go), 0);
	else
		CHECK_EQUAL(mutex_lock(&held), 0);
	CHECK_EQUAL(entered++ == 0, n == 1);
	CHECK_EQUAL(mutex_unlock(&held), 0);
	return n;
}

static long wait_byte(long n)
{
	char byte;

	CHECK_EQUAL(semaphore_post(&ready), 0);
	CHECK_EQUAL(system_call(__NR_read, bytes[0], &byte, 1), 1);
	return n * byte;
}

static long wait_turn(long n)
{
	const struct timespec passed = { 0, 1 };

	CHECK_EQUAL(semaphore_post(&ready), 0);
	CHECK_EQUAL(semaphore_wait(&go), 0);
	return n * semaphore_wait_until(&never, &passed);
}

static void *thread(void *argument)
{
	static long (*const kinds[])(long) = {
		compute, hold, wait_byte, wait_turn,
	};
	long n = (long)argument;

	own = n * n;
	return (void *)(kinds[n % 4](n) + own);
}

static void *take(void *unused)
{
	(void)unused;
	return (void *)(long)snapshot();
}

/* By the main thread, or by another for which it waits. */
static int take_snapshot(int by_main)
{
	void *pid = NULL;

	if (by_main)
		return snapshot();
	CHECK_EQUAL(thread_join(spawn(take, NULL), &pid), 0);
	return (int)(long)pid;
}

/* In one process after the other: they share the pipe. */
static long go_on(int n)
{
	void *result;
	long sum = 0;

	CHECK_EQUAL(released, 0);
	CHECK_EQUAL(entered, 0);
	store(&released, 1);
	if (n > 1)
		CHECK_EQUAL(semaphore_post(&let_go), 0);
	for (int i = 0; i < n; i++)
		if (i % 4 == 2)
			tell(bytes);
	for (int i = 0; i < n; i++)
		if (i % 4 == 3)
			CHECK_EQUAL(semaphore_post(&go), 0);
	for (int i = 0; i < n; i++) {
		CHECK_EQUAL(thread_join(threads[i], &result), 0);
		sum = sum * 3 + (long)result;
	}
	CHECK_EQUAL(entered, (n + 2) / 4);
	return sum;
}

/* The resumed process is P's child, whoever has asked. */
static void resume(int snapshot, int way)
{
	int other;

	shared->pid = 0;
	if (way == 0) {
		shared->answer = snapshot_resume(snapshot);
	} else if (way == 1) {
		other = fork1();
		if (other == 0) {
			shared->answer = snapshot_resume(snapshot);
			process_exit(0);
		}
		reap(other);
	} else {
		CHECK_EQUAL(system_call(__NR_kill, snapshot, SIGRESTART), 0);
	}
	while (!load(&shared->pid))
		system_call(__NR_sched_yield);
	CHECK(way == 2 || shared->answer == shared->pid);
	CHECK(shared->pid != snapshot);
	reap(shared->pid);
}

static void test(int n)
{
	long result, descriptors = count_descriptors();
	int pid;

	released = entered = 0;
	shared->resumed = 0;
	for (long i = 0; i < n; i++) {
		threads[i] = spawn(thread, (void *)i);
		CHECK_EQUAL(semaphore_wait(&ready), 0);
		if (i % 4)
			wait_asleep(thread_tid(threads[i]));
	}
	own = 77;
	pid = take_snapshot(n % 8 == 0);
	CHECK(pid >= 0);
	result = go_on(n);
	CHECK_EQUAL(own, 77);
	CHECK_EQUAL(count_descriptors(), descriptors);
	if (pid == 0) {
		shared->results[shared->resumed++] = result;
		store(&shared->pid, getpid());
		process_exit(0);
	}
	for (int i = 0; i < RESUMES; i++) {
		resume(pid, i);
		CHECK_EQUAL(shared->resumed, i + 1);
		CHECK_EQUAL(shared->results[i], result);
	}
	CHECK_EQUAL(snapshot_discard(pid), 0);
	check_childless();
}

int main(void)
{
	shared = memory_shared(sizeof *shared);
	open_pipe(bytes);
	for_each_count(n)
		test(n);
	return 0;
}
