/* Case 33: a thread that blocks all signals behind the library's back makes
 * synccall() give up, and no callback has run in any thread.  The stop signal
 * that reaches it late finds nothing to do, and the next call reaches all. */
#include "proc.h"

#define MOST 64
#define TIMEOUT 20				/* ms, at first */

static struct barrier met;
static int runs;

static void callback(void *unused)
{
	(void)unused;
	add(&runs, 1);
}

static void *deaf(void *unused)
{
	const unsigned long all = ~0UL, none = 0;

	CHECK_EQUAL(system_call(__NR_rt_sigprocmask, SIG_SETMASK, &all, NULL,
				sizeof all), 0);
	barrier_wait(&met);
	barrier_wait(&met);			/* the main thread has given up */
	CHECK_EQUAL(system_call(__NR_rt_sigprocmask, SIG_SETMASK, &none, NULL,
				sizeof none), 0);
	barrier_wait(&met);
	barrier_wait(&met);
	return unused;
}

static void *other(void *unused)
{
	for (int i = 0; i < 4; i++)
		barrier_wait(&met);
	return unused;
}

/* On a busy machine another thread may be late, too: then give them more time. */
static void check_timeout(const struct thread *culprit)
{
	int timeout = TIMEOUT;
	long begin;

	do {
		stop_timeout(timeout);
		begin = clock_now();
		CHECK_EQUAL(synccall(callback, NULL), -ETIMEDOUT);
		CHECK(clock_now() - begin >= timeout * 1000000L);
		timeout *= 2;
	} while (stop_culprit() != thread_tid(culprit) && timeout < 5000);
	CHECK_EQUAL(stop_culprit(), thread_tid(culprit));
	stop_timeout(5000);
}

static void test(int n)
{
	struct thread *threads[MOST];

	runs = 0;
	CHECK_EQUAL(barrier_init(&met, n + 1), 0);
	for (int i = 0; i < n; i++)
		threads[i] = spawn(i == n / 2 ? deaf : other, NULL);
	barrier_wait(&met);
	for (int i = 0; i < 3; i++)
		check_timeout(threads[n / 2]);
	barrier_wait(&met);
	barrier_wait(&met);
	CHECK_EQUAL(load(&runs), 0);
	CHECK_EQUAL(synccall(callback, NULL), 0);
	CHECK_EQUAL(load(&runs), n + 1);
	CHECK_EQUAL(stop_culprit(), 0);
	barrier_wait(&met);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
}

int main(void)
{
	CHECK_EQUAL(stop_timeout(-1), -EINVAL);
	CHECK_EQUAL(stop_timeout(0), 5000);
	CHECK_EQUAL(stop_timeout(5000), 0);
	test(1);
	test(2);
	test(8);
	test(MOST);
	return 0;
}
