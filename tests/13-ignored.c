/* Case 13: a signal that the program ignores, or that does nothing by default, ends
 * no call, in a storm of stops either.  Hard because the kernel drops such a signal
 * at once only if the main thread does not block it, as it does here and in every
 * stop: else it wakes a thread for nothing.  Then semop, epoll_wait and sigtimedwait
 * give EINTR, and the others are resumed in a way that a stop can spoil. */
#include "interrupt.h"

static int *over;			/* in the memory of P and the sender */

static void waiter(int number)
{
	CHECK_EQUAL(wait_for_signal(number % KINDS), -EINTR);
	CHECK_EQUAL(load(over), 1);
}

static void handler(int signal)
{
	CHECK_EQUAL(signal, SIGUSR1);
}

/* A process that sends such signals to P all the time. */
static int start_sender(void)
{
	int parent = getpid(), pid = fork1();

	while (pid == 0) {
		system_call(__NR_kill, parent, SIGWINCH);
		system_call(__NR_kill, parent, SIGHUP);
		if (load(over))
			process_exit(0);
	}
	CHECK(pid > 0);
	return pid;
}

int main(void)
{
	unsigned long ignored = 1UL << (SIGWINCH - 1) | 1UL << (SIGHUP - 1);
	int sender;

	over = memory_shared(sizeof *over);
	open_objects();
	handle(SIGUSR1, handler, 0);
	handle(SIGHUP, SIG_IGN, 0);
	begin(KINDS, waiter);
	for (int i = 0; i < KINDS; i++)
		await_in_call(blocked.threads[i]);
	CHECK_EQUAL(signal_mask(SIG_BLOCK, &ignored, NULL), 0);
	sender = start_sender();
	for (int i = 0; i < 2 * STOPS; i++)
		stop_once(i < STOPS && is_copy_due(i));
	if (blocked.is_copy)
		process_exit(0);
	store(over, 1);
	reap(sender);
	for (int i = 0; i < KINDS; i++) {
		await_in_call(blocked.threads[i]);
		send(blocked.threads[i], SIGUSR1);
	}
	finish();
	close_objects();
	return 0;
}
