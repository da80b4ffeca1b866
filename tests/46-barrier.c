/* Case 46: a barrier with k of n arrived opens in P and in C, each for its own
 * threads, and one thread of each is told so.  Hard because the arrived wait in
 * the kernel, and C has to put them to sleep again. */
#include "test.h"

static struct barrier barrier, next;
static int rounds, last;		/* how many were told */

static void *member(void *unused)
{
	int r;

	for (int i = 0; i < rounds; i++) {
		r = barrier_wait(i % 2 ? &next : &barrier);
		CHECK(r == 0 || r == 1);
		add(&last, r);
	}
	return unused;
}

static void check_arrived(int arrived, int count)
{
	struct thread *threads[64];
	int pid;

	last = 0;
	rounds = 5;
	CHECK_EQUAL(barrier_init(&barrier, count), 0);
	CHECK_EQUAL(barrier_init(&next, count), 0);
	for (int i = 0; i < arrived; i++)
		threads[i] = spawn(member, NULL);
	for (int i = 0; i < arrived; i++)
		wait_asleep(thread_tid(threads[i]));
	CHECK_EQUAL(barrier.arrived, arrived);
	pid = forkall();
	CHECK(pid >= 0);
	CHECK_EQUAL(barrier.arrived, arrived);
	CHECK_EQUAL(last, 0);
	for (int i = arrived; i < count; i++)
		threads[i] = spawn(member, NULL);
	for (int i = 0; i < count; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	CHECK_EQUAL(last, rounds);
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

/* More threads than a barrier counts overtake one another, but none passes
 * without the other one of its round: each round tells one. */
static void *crowd_member(void *unused)
{
	int r;

	while (add(&rounds, -1) >= 0) {
		r = barrier_wait(&barrier);
		CHECK(r == 0 || r == 1);
		add(&last, r);
	}
	return unused;
}

static void check_crowd(void)
{
	struct thread *threads[8];

	last = 0;
	rounds = 4000;
	CHECK_EQUAL(barrier_init(&barrier, 2), 0);
	for (int i = 0; i < 8; i++)
		threads[i] = spawn(crowd_member, NULL);
	for (int i = 0; i < 8; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	CHECK_EQUAL(last, 2000);
}

int main(void)
{
	static struct barrier zero;

	CHECK_EQUAL(barrier_wait(&zero), -EINVAL);
	check_crowd();
	CHECK_EQUAL(barrier_init(NULL, 1), -EINVAL);
	CHECK_EQUAL(barrier_init(&barrier, 0), -EINVAL);
	CHECK_EQUAL(barrier_init(&barrier, -1), -EINVAL);
	CHECK_EQUAL(barrier_wait(NULL), -EINVAL);
	CHECK_EQUAL(barrier_init(&barrier, 1), 0);
	CHECK_EQUAL(barrier_wait(&barrier), 1);
	CHECK_EQUAL(barrier_wait(&barrier), 1);
	check_arrived(1, 2);
	for (int k = 0; k < 8; k++)
		check_arrived(k, 8);
	check_arrived(63, 64);
	return 0;
}
