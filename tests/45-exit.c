/* Case 45: a robust mutex is held by X in P and by X's copy in C; when X ends in C
 * only, -EOWNERDEAD is in C only.  Hard because its word holds a kernel thread id,
 * and the kernel keeps the list of what it has to release: X ends both through
 * the library and, raw, through the kernel. */
#include "test.h"
#include <linux/futex.h>

#define LOCKS 100

static struct mutex mutexes[LOCKS];
static struct barrier held;
static struct semaphore end;
static int parent, raw;

static void *owner(void *unused)
{
	for (int i = 0; i < LOCKS; i++)
		CHECK_EQUAL(mutex_lock(&mutexes[i]), 0);
	barrier_wait(&held);
	CHECK_EQUAL(semaphore_wait(&end), 0);
	if (getpid() != parent && raw)
		system_call(__NR_exit, 0);
	if (getpid() == parent)
		for (int i = 0; i < LOCKS; i++)
			CHECK_EQUAL(mutex_unlock(&mutexes[i]), 0);
	return unused;
}

static void *waiter(void *unused)
{
	int r = mutex_lock(&mutexes[0]);

	CHECK_EQUAL(r, getpid() == parent ? 0 : -EOWNERDEAD);
	if (r)
		CHECK_EQUAL(mutex_consistent(&mutexes[0]), 0);
	CHECK_EQUAL(mutex_unlock(&mutexes[0]), 0);
	return unused;
}

static void check_words(struct thread *x)
{
	for (int i = 0; i < LOCKS; i++)
		CHECK_EQUAL(load(&mutexes[i].word) & FUTEX_TID_MASK,
			    thread_tid(x));
	CHECK_EQUAL(mutex_trylock(&mutexes[LOCKS - 1]), -EBUSY);
}

/* C is the first, so that what it does would be seen in P. */
static void check(int type, int with_waiter)
{
	struct thread *x, *waiting = NULL;
	int pid, expected;

	for (int i = 0; i < LOCKS; i++)
		CHECK_EQUAL(mutex_init(&mutexes[i], type), 0);
	CHECK_EQUAL(barrier_init(&held, 2), 0);
	parent = getpid();
	x = spawn(owner, NULL);
	barrier_wait(&held);
	if (with_waiter) {
		waiting = spawn(waiter, NULL);
		wait_asleep(thread_tid(waiting));
	}
	pid = forkall();
	CHECK(pid >= 0);
	check_words(x);
	if (pid > 0) {
		reap(pid);
		check_words(x);
	}
	CHECK_EQUAL(semaphore_post(&end), 0);
	expected = pid > 0 ? 0 : -EOWNERDEAD;
	for (int i = 1; i < LOCKS; i++) {
		CHECK_EQUAL(mutex_lock(&mutexes[i]), expected);
		CHECK_EQUAL(mutex_unlock(&mutexes[i]), 0);
	}
	if (waiting)
		CHECK_EQUAL(thread_join(waiting, NULL), 0);
	if (pid == 0)
		process_exit(0);
	CHECK_EQUAL(thread_join(x, NULL), 0);
}

int main(void)
{
	for (raw = 0; raw < 2; raw++) {
		check(MUTEX_ROBUST, 0);
		check(MUTEX_ROBUST, 1);
		check(MUTEX_ROBUST | MUTEX_ERRORCHECK, 0);
		check(MUTEX_ROBUST | MUTEX_RECURSIVE, 1);
	}
	return 0;
}
