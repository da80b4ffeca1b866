/* Case 57: callbacks of threads that proceed about when the request gives up, in
 * many interleavings, between other stops.  Whatever comes first, all of a
 * request hear what the request itself does, once, and no stop is stuck. */
#include "shot.h"

#define THREADS  3
#define REQUESTS 250

static struct part {
	struct callback callback;
	unsigned long random;
	int heard, result;		/* the number of the request, and... */
} parts[THREADS];

static struct semaphore ready;
static int number, done;

static void call(void *argument)
{
	struct part *p = argument;
	int now = load(&number);
	long end = clock_now() + random_next(&p->random) % 800000;

	while (clock_now() < end)
		;
	p->result = checkpoint_proceed(CHECKPOINT_READY);
	store(&p->heard, now);
}

static void *thread(void *argument)
{
	struct part *p = argument;

	p->callback = (struct callback){ call, p, NULL };
	CHECK_EQUAL(callback_add(&p->callback, CALLBACK_THREAD), 0);
	semaphore_post(&ready);
	while (!load(&done))
		system_call(__NR_sched_yield);
	return NULL;
}

static void nothing(void *unused)
{
	(void)unused;
}

/* A thread that was not reached at all is not called. */
static void check_heard(int r)
{
	for (int i = 0; i < THREADS; i++) {
		while (r == 0 && load(&parts[i].heard) != number)
			system_call(__NR_sched_yield);
		if (load(&parts[i].heard) == number)
			CHECK_EQUAL(parts[i].result, r);
	}
}

int main(int argc, char **argv)
{
	struct thread *threads[THREADS];
	unsigned long seed = random_seed(argc, argv);
	int r, count[2] = { 0, 0 };

	for (int i = 0; i < THREADS; i++) {
		parts[i].random = seed + (unsigned long)i;
		threads[i] = spawn(thread, &parts[i]);
		semaphore_wait(&ready);
	}
	for (int i = 0; i < REQUESTS; i++) {
		store(&number, i + 1);
		stop_timeout(1);
		r = callbacks_run(dry_shot);
		CHECK(r == 0 || r == -ETIMEDOUT);
		count[r < 0]++;
		if (random_next(&seed) % 2) {
			r = synccall(nothing, NULL);
			CHECK(r == 0 || r == -ETIMEDOUT);
		} else {
			check_heard(r);
		}
		/* All are out of their callbacks. */
		stop_timeout(5000);
		CHECK_EQUAL(synccall(nothing, NULL), 0);
	}
	print("%d in time, %d not\n", count[0], count[1]);
	store(&done, 1);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	return 0;
}
