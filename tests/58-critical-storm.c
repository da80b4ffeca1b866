/* Case 58: threads go in and out of critical sections, and so do signal handlers
 * that interrupt them anywhere in there, while requests come one after
 * another.  A request never finds anybody inside, and none waits in vain. */
#include "../core/checkpoint.h"
#include "test.h"

#define THREADS  4
#define REQUESTS 1500

static int inside, done;
static _Thread_local int handled;

static void visit(void)
{
	CHECK_EQUAL(critical_enter(), 0);
	add(&inside, 1);
	add(&inside, -1);
	CHECK_EQUAL(critical_leave(), 0);
}

static void handler(int signal)
{
	(void)signal;
	handled++;
	visit();
	if (critical_try_enter() == 0) {
		add(&inside, 1);
		add(&inside, -1);
		CHECK_EQUAL(critical_leave(), 0);
	}
}

static void *visitor(void *unused)
{
	while (!load(&done))
		visit();
	CHECK_EQUAL(critical_leave(), -EPERM);
	return unused;
}

int main(void)
{
	struct signal_action action = { .handler = handler };
	struct thread *threads[THREADS];
	int pid = getpid();

	CHECK_EQUAL(signal_action(SIGUSR1, &action, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = spawn(visitor, NULL);
	for (int i = 0; i < REQUESTS; i++) {
		for (int j = 0; j < THREADS; j++)
			system_call(__NR_tgkill, pid, thread_tid(threads[j]),
				    SIGUSR1);
		CHECK_EQUAL(critical_close(10000), 0);
		CHECK_EQUAL(load(&inside), 0);
		system_call(__NR_tgkill, pid, thread_tid(thread_self()),
			    SIGUSR1);
		CHECK_EQUAL(load(&inside), 0);
		critical_open();
	}
	CHECK_EQUAL(handled, REQUESTS);
	store(&done, 1);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	CHECK_EQUAL(critical_close(1000), 0);
	return 0;
}
