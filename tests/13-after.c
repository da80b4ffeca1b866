/* Case 13: a handler of the program has interrupted a call and returned; a
 * stop comes before the result is looked at.  The call must return EINTR all
 * the same, in P and in a copy.  Hard because the frame looks as if the stop
 * itself had interrupted the call.  To hit the place, the handler shuts the
 * stop out until it returns. */
#include "interrupt.h"

static int in_handler[2];
static _Thread_local int handled;

static void handler(int signal)
{
	unsigned long stop = 1UL << (SIGSYNCCALL - 1), pending = 0;

	CHECK_EQUAL(signal, SIGUSR1);
	CHECK_EQUAL(sys(rt_sigprocmask, SIG_BLOCK, &stop, NULL, 8), 0);
	handled++;
	tell(in_handler);
	while (!(pending & stop))
		sys(rt_sigpending, &pending, 8);
}

static void *waiter(void *kind)
{
	CHECK_EQUAL(wait_for_signal((int)(long)kind), -EINTR);
	CHECK_EQUAL(handled, 1);
	return NULL;
}

static void test(long kind, int copy)
{
	struct thread *thread = spawn(waiter, (void *)kind);

	await_in_call(thread);
	send(thread, SIGUSR1);
	hear(in_handler);
	stop_once(copy);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	if (blocked.is_copy)
		process_exit(0);
	while (blocked.copies)
		reap(blocked.pids[--blocked.copies]);
}

int main(void)
{
	open_objects();
	open_pipe(in_handler);
	handle(SIGUSR1, handler, 0);
	for (int round = 0; round < 10; round++)
		for (long kind = 0; kind < KINDS; kind++)
			test(kind, round % 2);
	close_objects();
	return 0;
}
