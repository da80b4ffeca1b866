/* Case 33: synccall() runs its callback once in every thread, running or asleep,
 * one by one, and nobody else runs a line of the program meanwhile.  Several
 * calls at once take turns. */
#include "proc.h"

#define MOST 64
#define CALLERS 4				/* at most; the main thread is one */

static struct semaphore go;
static struct barrier start, end;
static unsigned long progress[MOST];		/* of the spinners */
static _Thread_local int runs;
static int total, inside, ending;

static unsigned long sum(void)
{
	unsigned long all = 0;

	for (int i = 0; i < MOST; i++)
		all += load(&progress[i]);
	return all;
}

/* Long enough for others to show, did they run. */
static void callback(void *argument)
{
	unsigned long before = sum();

	CHECK_EQUAL(argument, &inside);
	CHECK_EQUAL(add(&inside, 1), 1);
	runs++;
	add(&total, 1);
	for (int i = 0; i < 5; i++) {
		system_call(__NR_sched_yield);
		CHECK_EQUAL(sum(), before);
	}
	CHECK_EQUAL(add(&inside, -1), 0);
}

static void *spinner(void *argument)
{
	unsigned long *own = &progress[(long)argument];

	while (!load(&ending))
		store(own, *own + 1);
	return (void *)(long)runs;
}

static void *sleeper(void *argument)
{
	(void)argument;
	CHECK_EQUAL(semaphore_wait(&go), 0);
	return (void *)(long)runs;
}

static void *caller(void *argument)
{
	(void)argument;
	barrier_wait(&start);
	CHECK_EQUAL(synccall(callback, &inside), 0);
	barrier_wait(&end);
	return (void *)(long)runs;
}

/* The first threads are one of each kind, and again; the rest sleep. */
static void test(int n)
{
	static void *(*const kinds[])(void *) = { spinner, sleeper, caller };
	struct thread *threads[MOST];
	int callers = 1;
	void *result;

	ending = total = runs = 0;
	for (int i = 0; i < n; i++)
		callers += i % 3 == 2 && callers < CALLERS;
	CHECK_EQUAL(barrier_init(&start, callers), 0);
	CHECK_EQUAL(barrier_init(&end, callers), 0);
	for (long i = 0; i < n; i++) {
		threads[i] = spawn(i < 3 * (CALLERS - 1) ? kinds[i % 3] :
				   sleeper, (void *)i);
		if (i >= 3 * (CALLERS - 1) || i % 3 == 1)
			wait_asleep(thread_tid(threads[i]));
	}
	caller(NULL);
	CHECK_EQUAL(total, callers * (n + 1));
	CHECK_EQUAL(runs, callers);
	store(&ending, 1);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(semaphore_post(&go), 0);
	for (int i = 0; i < n; i++) {
		CHECK_EQUAL(thread_join(threads[i], &result), 0);
		CHECK_EQUAL(result, callers);
	}
	CHECK_EQUAL(semaphore_init(&go, 0), 0);
}

int main(void)
{
	CHECK_EQUAL(synccall(callback, &inside), 0);	/* all alone */
	CHECK_EQUAL(total, 1);
	for (int i = 0; i < 2; i++) {
		test(1);
		test(2);
		test(8);
		test(MOST);
	}
	return 0;
}
