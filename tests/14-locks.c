/* Case 14: a stop, or a fork, at every single instruction of locks and waits: a
 * mutex of each kind, free, held by another, waited for by another, or left by a
 * dead thread; a condition variable; a semaphore.  Nothing is counted twice or not
 * at all, here and in the copy. */
#include "every.h"
#include "one_processor.h"

static struct mutex mutex;
static struct condition condition;
static struct semaphore semaphore;
static struct thread *other;
static int count, type, is_set;

static void init(void)
{
	CHECK_EQUAL(mutex_init(&mutex, type), 0);
}

static void lock_unlock(void)
{
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	if (type != MUTEX_PLAIN && type != MUTEX_ROBUST)
		CHECK_EQUAL(mutex_lock(&mutex),
			    type == MUTEX_RECURSIVE ? 0 : -EDEADLK);
	count++;
	if (type == MUTEX_RECURSIVE)
		CHECK_EQUAL(mutex_unlock(&mutex), 0);
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
}

/* The lock is free, and works. */
static void check_once(void)
{
	CHECK_EQUAL(mutex_trylock(&mutex), 0);
	CHECK_EQUAL(count, 1);
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
}

static void init_held(void)
{
	init();
	CHECK_EQUAL(mutex_lock(&mutex), 0);
}

static void release_held(void)
{
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
}

static void *contend(void *argument)
{
	CHECK_EQUAL(semaphore_wait(&semaphore), 0);
	lock_unlock();
	return argument;
}

static void init_contended(void)
{
	init();
	other = spawn(contend, NULL);
}

/* Unlocks when the other waits for it. */
static void unlock_contended(void)
{
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	CHECK_EQUAL(semaphore_post(&semaphore), 0);
	while (load(&mutex.word) != 2 &&
	       !(load(&mutex.word) & (int)FUTEX_WAITERS))
		sys(sched_yield);
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
}

static void check_contended(void)
{
	CHECK_EQUAL(thread_join(other, NULL), 0);
	check_once();
}

static void *die_holding(void *argument)
{
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	return argument;
}

static void init_abandoned(void)
{
	init();
	CHECK_EQUAL(thread_join(spawn(die_holding, NULL), NULL), 0);
}

static void lock_abandoned(void)
{
	CHECK_EQUAL(mutex_lock(&mutex), -EOWNERDEAD);
	CHECK_EQUAL(mutex_consistent(&mutex), 0);
	count++;
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
}

static void await_condition(void)
{
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	while (!is_set)
		CHECK_EQUAL(condition_wait(&condition, &mutex), 0);
	count++;
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
}

static void set_condition(void)
{
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	is_set = 1;
	CHECK_EQUAL(condition_signal(&condition), 0);
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
}

static void await_semaphore(void)
{
	CHECK_EQUAL(semaphore_wait(&semaphore), 0);
	count++;
}

static void post(void)
{
	CHECK_EQUAL(semaphore_post(&semaphore), 0);
}

/* Not one more. */
static void check_taken(void)
{
	struct timespec past = { 0, 0 };

	CHECK_EQUAL(count, 1);
	CHECK_EQUAL(semaphore_wait_until(&semaphore, &past), -ETIMEDOUT);
}

static void check_posted(void)
{
	CHECK_EQUAL(semaphore_wait(&semaphore), 0);
	count++;
	check_taken();
}

int main(int argc, char **argv)
{
	static const int types[] = {
		MUTEX_PLAIN, MUTEX_RECURSIVE, MUTEX_ERRORCHECK, MUTEX_ROBUST,
	};
	static const struct act each_type[] = {
		{ "mutex", init, lock_unlock, .end = check_once, .least = 60 },
		{ "held mutex", init_held, lock_unlock,
		  .release = release_held, .end = check_once, .least = 80 },
		{ "contended mutex", init_contended, unlock_contended,
		  .end = check_contended, .least = 100 },
	}, robust[] = {
		{ "abandoned mutex", init_abandoned, lock_abandoned,
		  .end = check_once, .least = 80 },
		{ "condition", init, await_condition, .release = set_condition,
		  .end = check_once, .least = 100 },
	}, plain[] = {
		{ "condition", init, await_condition, .release = set_condition,
		  .end = check_once, .least = 100 },
		{ "semaphore", NULL, await_semaphore, .release = post,
		  .end = check_taken, .least = 30 },
		{ "post", NULL, post, .end = check_posted, .least = 8 },
	};

	use_one_processor();
	every_begin(argc, argv, 4 * 3 + 2 + 3);
	for (int i = 0; i < 12; i++) {
		type = types[i % 4];
		every_instruction(&each_type[i / 4]);
	}
	for (int i = 0; i < 2; i++)
		every_instruction(&robust[i]);
	type = MUTEX_PLAIN;
	for (int i = 0; i < 3; i++)
		every_instruction(&plain[i]);
	return 0;
}
