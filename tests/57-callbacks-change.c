/* Case 57: callbacks that are registered or removed during a request, by a
 * callback or by another thread, and descriptors to be closed. */
#include "../core/checkpoint.h"
#include "test.h"

static int calls[4];

static void count(void *number)
{
	calls[(long)number]++;
}

static struct callback oldest = { count, (void *)0, NULL };
static struct callback older = { count, (void *)1, NULL };
static struct callback added = { count, (void *)2, NULL };
static struct callback added_by_thread = { count, (void *)3, NULL };

static void *other_thread(void *unused)
{
	CHECK_EQUAL(callback_add(&added_by_thread, CALLBACK_PROCESS), 0);
	CHECK_EQUAL(callback_remove(&older), 0);
	CHECK_EQUAL(checkpoint_proceed(CHECKPOINT_READY), -EPERM);
	CHECK_EQUAL(checkpoint_close(1), -EPERM);
	return unused;
}

static void newest_function(void *newest)
{
	CHECK_EQUAL(checkpoint_close(-1), -EBADF);
	CHECK_EQUAL(checkpoint_close(1024), -EBADF);
	CHECK_EQUAL(checkpoint_close(0), 0);
	CHECK_EQUAL(checkpoint_close(63), 0);
	CHECK_EQUAL(checkpoint_close(64), 0);
	CHECK_EQUAL(checkpoint_close(1023), 0);
	if (callback_add(&added, CALLBACK_PROCESS) == 0)
		CHECK_EQUAL(thread_join(spawn(other_thread, NULL), NULL), 0);
	CHECK_EQUAL(checkpoint_proceed(CHECKPOINT_READY), 0);
	CHECK_EQUAL(callback_remove(newest), -EBUSY);
}

static int take(void)
{
	for (int fd = -1; fd < 1026; fd++)
		CHECK_EQUAL(callbacks_close(fd),
			    fd == 0 || fd == 63 || fd == 64 || fd == 1023);
	return 0;
}

static void check_calls(int a, int b, int c, int d)
{
	CHECK_EQUAL(calls[0], a);
	CHECK_EQUAL(calls[1], b);
	CHECK_EQUAL(calls[2], c);
	CHECK_EQUAL(calls[3], d);
}

int main(void)
{
	static struct callback newest = { newest_function, &newest, NULL };

	CHECK_EQUAL(callback_add(&oldest, CALLBACK_PROCESS), 0);
	CHECK_EQUAL(callback_add(&older, CALLBACK_PROCESS), 0);
	CHECK_EQUAL(callback_add(&newest, CALLBACK_PROCESS), 0);
	CHECK_EQUAL(callbacks_run(take), 0);
	check_calls(1, 0, 0, 0);
	CHECK_EQUAL(callbacks_run(take), 0);
	check_calls(2, 0, 1, 1);
	CHECK_EQUAL(callback_remove(&newest), 0);
	CHECK_EQUAL(callback_remove(&oldest), 0);
	return 0;
}
