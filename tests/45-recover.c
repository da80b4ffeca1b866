/* Case 45: a robust mutex that was locked with -EOWNERDEAD before the copy is made
 * is repaired in P and lost in C, independently; a lost one is -ENOTRECOVERABLE
 * for all, and those who wait for it are woken. */
#include "test.h"

#define WAITERS 8

static struct mutex mutex;
static int kept;			/* how many waiters got the lock */

static void *owner(void *unused)
{
	CHECK_EQUAL(mutex_consistent(&mutex), -EINVAL);
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	CHECK_EQUAL(mutex_consistent(&mutex), -EINVAL);
	return unused;
}

static void *waiter(void *unused)
{
	int r = mutex_lock(&mutex);

	if (r == 0) {
		kept++;
		CHECK_EQUAL(mutex_unlock(&mutex), 0);
	} else {
		CHECK_EQUAL(r, -ENOTRECOVERABLE);
	}
	return unused;
}

static void check(int repair_in_copy)
{
	struct thread *waiters[WAITERS];
	int pid, repair;

	kept = 0;
	CHECK_EQUAL(mutex_init(&mutex, MUTEX_ROBUST), 0);
	thread_join(spawn(owner, NULL), NULL);
	CHECK_EQUAL(mutex_lock(&mutex), -EOWNERDEAD);
	for (int i = 0; i < WAITERS; i++) {
		waiters[i] = spawn(waiter, NULL);
		wait_asleep(thread_tid(waiters[i]));
	}
	pid = forkall();
	CHECK(pid >= 0);
	repair = (pid == 0) == repair_in_copy;
	if (repair) {
		CHECK_EQUAL(mutex_consistent(&mutex), 0);
		CHECK_EQUAL(mutex_consistent(&mutex), -EINVAL);
	}
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
	for (int i = 0; i < WAITERS; i++)
		CHECK_EQUAL(thread_join(waiters[i], NULL), 0);
	CHECK_EQUAL(kept, repair ? WAITERS : 0);
	CHECK_EQUAL(mutex_trylock(&mutex), repair ? 0 : -ENOTRECOVERABLE);
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

int main(void)
{
	check(0);
	check(1);
	return 0;
}
