/* Case 46: what the kinds of mutex return, to their owner and to others, robust
 * or not. */
#include "test.h"

static struct mutex mutex;
static int type;

static struct timespec soon(void)
{
	long end = clock_now() + 10000000;

	return (struct timespec){ end / 1000000000, end % 1000000000 };
}

static void *other_thread(void *unused)
{
	struct timespec deadline = soon();

	CHECK_EQUAL(mutex_trylock(&mutex), -EBUSY);
	CHECK_EQUAL(mutex_unlock(&mutex), -EPERM);
	CHECK_EQUAL(mutex_consistent(&mutex), -EINVAL);
	CHECK_EQUAL(mutex_lock_until(&mutex, &deadline), -ETIMEDOUT);
	CHECK(clock_now() >= deadline.tv_sec * 1000000000 + deadline.tv_nsec);
	return unused;
}

static void check_owner(void)
{
	int kind = type & ~MUTEX_ROBUST;

	if (kind == MUTEX_ERRORCHECK) {
		struct timespec deadline = soon();

		CHECK_EQUAL(mutex_lock(&mutex), -EDEADLK);
		CHECK_EQUAL(mutex_lock_until(&mutex, &deadline), -EDEADLK);
		CHECK_EQUAL(mutex_trylock(&mutex), -EBUSY);
	} else if (kind == MUTEX_RECURSIVE) {
		CHECK_EQUAL(mutex_lock(&mutex), 0);
		CHECK_EQUAL(mutex_trylock(&mutex), 0);
		thread_join(spawn(other_thread, NULL), NULL);
		CHECK_EQUAL(mutex_unlock(&mutex), 0);
		CHECK_EQUAL(mutex_unlock(&mutex), 0);
		mutex.depth = 0x7fffffff;
		CHECK_EQUAL(mutex_lock(&mutex), -EAGAIN);
		CHECK_EQUAL(mutex_trylock(&mutex), -EAGAIN);
		mutex.depth = 0;
	} else {
		struct timespec deadline = soon();

		CHECK_EQUAL(mutex_lock_until(&mutex, &deadline), -ETIMEDOUT);
		CHECK_EQUAL(mutex_trylock(&mutex), -EBUSY);
	}
}

static void check_type(void)
{
	CHECK_EQUAL(mutex_init(&mutex, type), 0);
	CHECK_EQUAL(mutex_unlock(&mutex), -EPERM);
	for (int i = 0; i < 2; i++) {
		CHECK_EQUAL(i ? mutex_trylock(&mutex) : mutex_lock(&mutex), 0);
		CHECK_EQUAL(mutex_consistent(&mutex), -EINVAL);
		thread_join(spawn(other_thread, NULL), NULL);
		check_owner();
		CHECK_EQUAL(mutex_unlock(&mutex), 0);
		CHECK_EQUAL(mutex_unlock(&mutex), -EPERM);
	}
}

static void check_arguments(void)
{
	struct timespec past = { 0, 0 }, bad[] = {
		{ 0, -1 }, { 0, 1000000000 }, { -1, 0 },
	};

	CHECK_EQUAL(mutex_init(NULL, MUTEX_PLAIN), -EINVAL);
	CHECK_EQUAL(mutex_init(&mutex, 3), -EINVAL);
	CHECK_EQUAL(mutex_init(&mutex, MUTEX_ROBUST | 3), -EINVAL);
	CHECK_EQUAL(mutex_init(&mutex, 8), -EINVAL);
	CHECK_EQUAL(mutex_init(&mutex, -1), -EINVAL);
	CHECK_EQUAL(mutex_lock(NULL), -EINVAL);
	CHECK_EQUAL(mutex_trylock(NULL), -EINVAL);
	CHECK_EQUAL(mutex_unlock(NULL), -EINVAL);
	CHECK_EQUAL(mutex_consistent(NULL), -EINVAL);
	CHECK_EQUAL(mutex_init(&mutex, MUTEX_PLAIN), 0);
	CHECK_EQUAL(mutex_lock_until(NULL, &past), -EINVAL);
	CHECK_EQUAL(mutex_lock_until(&mutex, NULL), -EINVAL);
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(mutex_lock_until(&mutex, &bad[i]), -EINVAL);
	/* A free mutex needs no time. */
	CHECK_EQUAL(mutex_lock_until(&mutex, &past), 0);
	CHECK_EQUAL(mutex_lock_until(&mutex, &past), -ETIMEDOUT);
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
}

int main(void)
{
	static struct mutex initialized = MUTEX_INIT;

	CHECK_EQUAL(mutex_lock(&initialized), 0);
	check_arguments();
	for (int kind = MUTEX_PLAIN; kind <= MUTEX_ERRORCHECK; kind++) {
		type = kind;
		check_type();
		type = kind | MUTEX_ROBUST;
		check_type();
	}
	return 0;
}
