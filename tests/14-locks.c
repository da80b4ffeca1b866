/* Case 14: a stop, or a fork, at every single instruction of locks and waits:
 * a mutex of each kind, free or held by another, a condition variable, a
 * semaphore.  Nothing is counted twice or not at all, here and in the copy. */
#include "every.h"
#include "one_processor.h"

static struct mutex mutex;
static struct condition condition;
static struct semaphore semaphore;
static int count, type, is_set;

static void init(void)
{
	CHECK_EQUAL(mutex_init(&mutex, type), 0);
}

static void lock_unlock(void)
{
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	count++;
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
	static const struct act acts[] = {
		{ "mutex", init, lock_unlock, .end = check_once, .least = 60 },
		{ "held mutex", init_held, lock_unlock,
		  .release = release_held, .end = check_once, .least = 80 },
		{ "condition", init, await_condition, .release = set_condition,
		  .end = check_once, .least = 100 },
		{ "semaphore", NULL, await_semaphore, .release = post,
		  .end = check_taken, .least = 30 },
		{ "post", NULL, post, .end = check_posted, .least = 8 },
	};

	_Static_assert(MUTEX_RECURSIVE == 1 && MUTEX_ERRORCHECK == 2 &&
		       MUTEX_ROBUST == 4, "types");
	use_one_processor();
	every_begin(argc, argv, 14);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		every_instruction(&acts[i]);
		for (type = 1; acts[i].begin && type <= 4; type *= 2)
			every_instruction(&acts[i]);
		type = 0;
	}
	return 0;
}
