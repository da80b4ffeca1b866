/* Case 16: an action is replaced as a whole.  One thread switches between a
 * handler that wants siginfo and one that does not, others get the signal: none
 * of them may see one action's handler with the other's flags. */
#include "signals.h"

#define SIGNALS 3000

static int ending, calls;

static void plain(int signal)
{
	CHECK_EQUAL(signal, SIGUSR1);
	add(&calls, 1);
}

static void full(int signal, siginfo_t *info, struct ucontext *frame)
{
	CHECK_EQUAL(signal, SIGUSR1);
	CHECK_EQUAL(info->si_signo, SIGUSR1);
	CHECK_EQUAL(info->si_pid, getpid());
	CHECK((char *)frame > (char *)info - 4096);
	add(&calls, 1);
}

static void *switcher(void *argument)
{
	while (!load(&ending)) {
		handle(SIGUSR1, (void (*)(int))(void *)full, SA_SIGINFO);
		handle(SIGUSR1, plain, 0);
	}
	return argument;
}

int main(void)
{
	struct thread *thread;

	handle(SIGUSR1, plain, 0);
	thread = spawn(switcher, NULL);
	for (int i = 0; i < SIGNALS; i++)
		send(getpid(), gettid(), SIGUSR1);
	store(&ending, 1);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	CHECK_EQUAL(calls, SIGNALS);
	return 0;
}
