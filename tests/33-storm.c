/* Case 33: 64 threads call forkall() at once, then half of them synccall().  Each
 * call in P makes one whole copy or one round of callbacks.  In a copy the other
 * threads' calls go on as well, so it ends as soon as one has returned 0; what
 * it has begun by then is reaped as an orphan. */
#include "proc.h"

#define MOST 64

static struct barrier start, end;
static int with_synccall, copies, synccalls, runs;

static void callback(void *argument)
{
	add((int *)argument, 1);
}

static void call_forkall(void)
{
	int pid = forkall();

	if (pid == 0)
		process_exit(0);
	CHECK(pid > 0);
	add(&copies, 1);
}

static void *caller(void *argument)
{
	int odd = (int)((long)argument % 2);

	barrier_wait(&start);
	if (with_synccall && odd) {
		CHECK_EQUAL(synccall(callback, &runs), 0);
		add(&synccalls, 1);
	} else {
		call_forkall();
	}
	barrier_wait(&end);
	return NULL;
}

static void test(int n)
{
	struct thread *threads[MOST];

	copies = synccalls = runs = 0;
	CHECK_EQUAL(barrier_init(&start, n), 0);
	CHECK_EQUAL(barrier_init(&end, n), 0);
	for (long i = 0; i < n; i++)
		threads[i] = spawn(caller, (void *)i);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	CHECK_EQUAL(copies + synccalls, n);
	CHECK_EQUAL(runs, synccalls * (n + 1));
	CHECK(reap_all() >= copies);
	await_threads(1);
}

int main(void)
{
	adopt_orphans();
	for (with_synccall = 0; with_synccall < 2; with_synccall++) {
		test(1);
		test(2);
		test(8);
		test(MOST);
	}
	return 0;
}
