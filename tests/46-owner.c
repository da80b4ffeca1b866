/* Case 46: the owner of a mutex is the owner in C, with as many locks as it had
 * (recursive), and nobody else may unlock it; who waited for it gets it in C too,
 * once.  Hard because each thread has another kernel thread id there. */
#include "test.h"

#define DEPTH 3

static struct mutex mutexes[64];
static struct barrier locked, copied, unlocked;
static int type, count, got;

/* The first lock counts, and what is left of the others depends on the kind. */
static void *owner(void *number)
{
	long own = (long)number, next = (own + 1) % count;
	struct mutex *m = &mutexes[own];

	CHECK_EQUAL(mutex_lock(m), 0);
	if (type & MUTEX_RECURSIVE)
		for (int i = 1; i < DEPTH; i++)
			CHECK_EQUAL(mutex_lock(m), 0);
	barrier_wait(&locked);
	barrier_wait(&copied);
	if (next != own) {
		CHECK_EQUAL(mutex_unlock(&mutexes[next]), -EPERM);
		CHECK_EQUAL(mutex_trylock(&mutexes[next]), -EBUSY);
	}
	if (type & MUTEX_ERRORCHECK)
		CHECK_EQUAL(mutex_lock(m), -EDEADLK);
	barrier_wait(&unlocked);
	if (type & MUTEX_RECURSIVE)
		for (int i = 1; i < DEPTH; i++) {
			CHECK_EQUAL(mutex_unlock(m), 0);
			CHECK(own != 0 || !load(&got));
		}
	CHECK_EQUAL(mutex_unlock(m), 0);
	CHECK_EQUAL(mutex_unlock(m), -EPERM);
	return NULL;
}

static void *waiter(void *unused)
{
	CHECK_EQUAL(mutex_lock(&mutexes[0]), 0);
	add(&got, 1);
	CHECK_EQUAL(mutex_unlock(&mutexes[0]), 0);
	return unused;
}

static void check_threads(void)
{
	struct thread *owners[64], *waiting;
	int pid;

	got = 0;
	barrier_init(&locked, count + 1);
	barrier_init(&copied, count + 1);
	barrier_init(&unlocked, count);
	for (long i = 0; i < count; i++) {
		CHECK_EQUAL(mutex_init(&mutexes[i], type), 0);
		owners[i] = spawn(owner, (void *)i);
	}
	barrier_wait(&locked);
	waiting = spawn(waiter, NULL);
	wait_asleep(thread_tid(waiting));
	pid = forkall();
	CHECK(pid >= 0);
	for (int i = 0; i < count; i++)
		CHECK_EQUAL(mutex_unlock(&mutexes[i]), -EPERM);
	barrier_wait(&copied);
	for (int i = 0; i < count; i++)
		CHECK_EQUAL(thread_join(owners[i], NULL), 0);
	CHECK_EQUAL(thread_join(waiting, NULL), 0);
	CHECK_EQUAL(got, 1);
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

int main(void)
{
	const int types[] = {
		MUTEX_PLAIN, MUTEX_RECURSIVE, MUTEX_ERRORCHECK, MUTEX_ROBUST,
		MUTEX_RECURSIVE | MUTEX_ROBUST, MUTEX_ERRORCHECK | MUTEX_ROBUST,
	};

	for (count = 1; count <= 64; count = count == 1 ? 2 : count == 2 ?
	     8 : count * 8)
		for (int i = 0; i < 6; i++) {
			type = types[i];
			check_threads();
		}
	return 0;
}
