/* Cases 1, 2, 6, 8: threads that block without a limit of time do so again in a
 * restarted process, none has returned, and each call ends there as it would
 * have: a byte in a pipe of the process, a wake of a futex, a handled or an
 * awaited signal, a semaphore. */
#include "restarted.h"
#include "signals.h"
#include <linux/futex.h>
#include <linux/poll.h>

#define CALLS 7
#define EACH  3

static int word, read_ends[2], poll_ends[2], full_ends[2], returned;
static struct semaphore semaphore;
static struct thread *threads[CALLS * EACH];

static void on_signal(int signal)
{
	CHECK_EQUAL(signal, SIGUSR1);
}

static long call(int kind)
{
	struct pollfd end = { .fd = poll_ends[0], .events = POLLIN };
	unsigned long none = 0, usr2 = BIT(SIGUSR2), set = 1UL << poll_ends[0];
	char byte;

	switch (kind) {
	case 0:
		return system_call(__NR_read, read_ends[0], &byte, 1) - 1;
	case 1:
		return system_call(__NR_futex, &word, FUTEX_WAIT_PRIVATE, 0,
				   NULL);
	case 2:
		return system_call(__NR_rt_sigsuspend, &none, 8) + EINTR;
	case 3:
		return system_call(__NR_rt_sigtimedwait, &usr2, NULL, NULL, 8) -
			SIGUSR2;
	case 4:
		return system_call(__NR_ppoll, &end, 1, NULL, NULL) - 1;
	case 5:
		return system_call(__NR_pselect6, poll_ends[0] + 1, &set, NULL,
				   NULL, NULL, NULL) - 1;
	default:
		return semaphore_wait(&semaphore);
	}
}

static void *caller(void *number)
{
	set_mask(BIT(SIGUSR1) | BIT(SIGUSR2));
	CHECK_EQUAL(call((int)(long)number % CALLS), 0);
	add(&returned, 1);
	return NULL;
}

static void *writer(void *unused)
{
	static char block[1 << 16];

	CHECK_EQUAL(system_call(__NR_write, full_ends[1], block, sizeof block),
		    sizeof block);
	CHECK_EQUAL(system_call(__NR_write, full_ends[1], "last", 4), 4);
	add(&returned, 1);
	return unused;
}

static void await_all(struct thread *last)
{
	for (int i = 0; i < CALLS * EACH; i++)
		wait_asleep(thread_tid(threads[i]));
	wait_asleep(thread_tid(last));
	CHECK_EQUAL(load(&returned), 0);
}

static void end_call(int number)
{
	int tid = thread_tid(threads[number]);

	switch (number % CALLS) {
	case 0:
		tell(read_ends);
		break;
	case 1:
		CHECK_EQUAL(system_call(__NR_futex, &word, FUTEX_WAKE_PRIVATE,
					1), 1);
		break;
	case 2:
		send(getpid(), tid, SIGUSR1);
		break;
	case 3:
		send(getpid(), tid, SIGUSR2);
		break;
	case 4:
		tell(poll_ends);	/* ends all that poll */
		break;
	case 6:
		CHECK_EQUAL(semaphore_post(&semaphore), 0);
	}
}

static void drain(void)
{
	static char block[1 << 16];

	for (long n = 0; n < (1 << 16) + 4; )
		n += system_call(__NR_read, full_ends[0], block, sizeof block);
	CHECK_EQUAL(block[3], 't');
}

int main(void)
{
	struct thread *last;
	int pid;

	open_pipe(read_ends);
	open_pipe(poll_ends);
	open_pipe(full_ends);
	CHECK_EQUAL(system_call(__NR_fcntl, full_ends[1], 1031 /* SETPIPE_SZ */,
				1 << 16), 1 << 16);
	handle(SIGUSR1, on_signal, 0);
	for (long i = 0; i < CALLS * EACH; i++)
		threads[i] = spawn(caller, (void *)i);
	last = spawn(writer, NULL);
	await_all(last);
	pid = restarted_copy();
	CHECK(pid >= 0);
	await_all(last);
	for (int i = 0; i < CALLS * EACH; i++)
		end_call(i);
	drain();
	for (int i = 0; i < CALLS * EACH; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	CHECK_EQUAL(thread_join(last, NULL), 0);
	if (pid == 0)
		process_exit(0);
	reap(pid);
	return 0;
}
