/* Case 13: while one thread stops the process all the time, and copies it now and
 * then, another sends signals to threads that are inside a call.  Each signal ends
 * one call with EINTR, wherever it meets the stop; nothing else ends one. */
#include "interrupt.h"

static _Thread_local int handled;
static int rounds, done[MOST], over;

/* A copy made inside send() would go on with the thread ids of P. */
static struct mutex sending = MUTEX_INIT;

static void handler(int signal)
{
	CHECK_EQUAL(signal, SIGUSR1);
	handled++;
}

static void waiter(int number)
{
	for (int round = 1; round <= rounds; round++) {
		CHECK_EQUAL(wait_for_signal(number % KINDS), -EINTR);
		CHECK_EQUAL(handled, round);
		store(&done[number], round);
	}
}

static void *stopper(void *unused)
{
	int pid;

	for (int i = 1; !load(&over); i++) {
		if (i % 50) {
			CHECK_EQUAL(synccall(make_call, NULL), 0);
			continue;
		}
		CHECK_EQUAL(mutex_lock(&sending), 0);
		pid = forkall();
		CHECK(pid >= 0);
		if (pid == 0)
			process_exit(0);
		CHECK_EQUAL(mutex_unlock(&sending), 0);
		reap(pid);
	}
	return unused;
}

static void test(int n, int count, unsigned long *random)
{
	struct thread *thread;

	rounds = count;
	memset(done, 0, sizeof done);
	store(&over, 0);
	begin(n, waiter);
	thread = spawn(stopper, NULL);
	for (int round = 1; round <= rounds; round++) {
		for (int i = 0; i < n; i++)
			await_in_call(blocked.threads[i]);
		CHECK_EQUAL(mutex_lock(&sending), 0);
		for (int i = 0; i < n; i++) {
			for (volatile unsigned k = random_next(random) % 1000;
			     k; k--)
				;
			send(blocked.threads[i], SIGUSR1);
		}
		CHECK_EQUAL(mutex_unlock(&sending), 0);
		for (int i = 0; i < n; i++)
			while (load(&done[i]) < round)
				system_call(__NR_sched_yield);
	}
	store(&over, 1);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	finish();
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	open_objects();
	handle(SIGUSR1, handler, 0);
	test(1, 300, &random);
	test(2, 200, &random);
	test(KINDS, 50, &random);
	test(MOST, 5, &random);
	close_objects();
	return 0;
}
