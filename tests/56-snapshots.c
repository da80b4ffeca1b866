/* Case 56: two threads call snapshot() at once, while others live: P has two
 * snapshots, each of which can be resumed.  Hard because the second call goes
 * on in what is resumed from the first: there it takes another snapshot. */
#include "proc.h"

#define ROUNDS 10
#define OTHERS 6

static struct shared {
	int births;			/* processes resumed */
	int nested;			/* snapshots taken in them */
} *shared;

static unsigned long seed;
static struct barrier start, taken;
static struct semaphore go;
static int results[2];

static void *taker(void *argument)
{
	long n = (long)argument % 2;

	barrier_wait(&start);
	for (volatile long i = (long)argument; i > 0; i--)
		;
	results[n] = snapshot();
	barrier_wait(&taken);			/* no more snapshots now */
	return argument;
}

static void *other(void *argument)
{
	CHECK_EQUAL(semaphore_wait(&go), 0);
	return argument;
}

/* Of a process whose threads have both returned.  In a resumed one, of the two
 * one is 0, and the other may be its own child or its parent's. */
static int resume_children(void)
{
	int count = 0, pid;
	siginfo_t info;

	for (int i = 0; i < 2; i++) {
		if (results[i] == 0 ||
		    system_call(__NR_waitid, P_PID, results[i], &info,
				WEXITED | WNOHANG, NULL) < 0)
			continue;
		count++;
		pid = snapshot_resume(results[i]);
		CHECK(pid > 0 && pid != results[i]);
		reap(pid);
		CHECK_EQUAL(snapshot_discard(results[i]), 0);
	}
	return count;
}

static void test(void)
{
	struct thread *takers[2], *others[OTHERS];
	unsigned random = random_next(&seed);
	int original = getpid(), count;
	void *result;

	shared->births = shared->nested = 0;
	for (int i = 0; i < OTHERS; i++)
		others[i] = spawn(other, NULL);
	for (long i = 0; i < 2; i++)
		takers[i] = spawn(taker, (void *)
				  ((long)(random >> 16 * i) % 8192 * 2 + i));
	barrier_wait(&start);
	barrier_wait(&taken);
	CHECK(results[0] >= 0 && results[1] >= 0);
	for (int i = 0; i < OTHERS; i++)
		CHECK_EQUAL(semaphore_post(&go), 0);
	for (int i = 0; i < OTHERS; i++)
		CHECK_EQUAL(thread_join(others[i], NULL), 0);
	for (int i = 0; i < 2; i++) {
		CHECK_EQUAL(thread_join(takers[i], &result), 0);
		CHECK_EQUAL((long)result % 2, i);
	}
	count = resume_children();
	check_childless();
	if (getpid() != original) {
		add(&shared->births, 1);
		add(&shared->nested, count);
		process_exit(0);
	}
	CHECK_EQUAL(count, 2);
	CHECK(results[0] != results[1]);
	CHECK_EQUAL(shared->births, 3);
	CHECK_EQUAL(shared->nested, 1);
}

int main(int argc, char **argv)
{
	seed = random_seed(argc, argv);
	shared = memory_shared(sizeof *shared);
	barrier_init(&start, 3);
	barrier_init(&taken, 3);
	for (int i = 0; i < ROUNDS; i++)
		test();
	return 0;
}
