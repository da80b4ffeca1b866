/* Case 20: what the sender of a signal may expect while stops go on all the
 * time: a handler without SA_RESTART ends the call that it interrupts with
 * EINTR, one with SA_RESTART does not end a read, and each signal is handled
 * once. */
#include "signals.h"

#define MOST   8
#define ROUNDS 40

static int bytes[MOST][2], ending, handled[MOST];
static struct semaphore returned[MOST];
static _Thread_local long number;

static void count(int signal)
{
	(void)signal;
	add(&handled[number], 1);
}

static void *reader(void *argument)
{
	char byte;
	long r;

	number = (long)argument;
	for (;;) {
		r = system_call(__NR_read, bytes[number][0], &byte, 1);
		if (r == 1 && byte == 'e')
			return argument;
		CHECK_EQUAL(r, -EINTR);
		CHECK_EQUAL(semaphore_post(&returned[number]), 0);
	}
}

static void nothing(void *argument)
{
	(void)argument;
}

static void *stopper(void *argument)
{
	while (!load(&ending)) {
		CHECK_EQUAL(synccall(nothing, NULL), 0);
		system_call(__NR_sched_yield);
	}
	return argument;
}

static void send_to(struct thread *thread, int signal)
{
	send(getpid(), thread_tid(thread), signal);
}

static void await_handled(long i, int count)
{
	while (load(&handled[i]) != count)
		system_call(__NR_sched_yield);
}

static void test(int n)
{
	struct thread *readers[MOST], *stops;
	int pid;

	for (long i = 0; i < n; i++) {
		handled[i] = 0;
		readers[i] = spawn(reader, (void *)i);
	}
	store(&ending, 0);
	stops = spawn(stopper, NULL);
	for (int round = 1; round <= ROUNDS; round++) {
		for (long i = 0; i < n; i++) {
			wait_asleep(thread_tid(readers[i]));
			send_to(readers[i], SIGUSR1);	/* SA_RESTART */
			await_handled(i, 2 * round - 1);
			wait_asleep(thread_tid(readers[i]));
			send_to(readers[i], SIGUSR2);
		}
		for (int i = 0; i < n; i++) {
			CHECK_EQUAL(semaphore_wait(&returned[i]), 0);
			CHECK_EQUAL(handled[i], 2 * round);
		}
	}
	pid = forkall();
	CHECK(pid >= 0);
	store(&ending, 1);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(system_call(__NR_write, bytes[i][1], "e", 1), 1);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(thread_join(readers[i], NULL), 0);
	CHECK_EQUAL(thread_join(stops, NULL), 0);
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

int main(void)
{
	for (int i = 0; i < MOST; i++)
		open_pipe(bytes[i]);
	handle(SIGUSR1, count, SA_RESTART);
	handle(SIGUSR2, count, 0);
	test(1);
	test(2);
	test(MOST);
	return 0;
}
