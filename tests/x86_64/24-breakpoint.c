/* Case 24: a signal at the very instruction at which the kernel goes on with a
 * timed wait by restart_syscall().  A stop signal there must not end the wait,
 * a signal of the program must; a breakpoint on that instruction, set by a
 * helper, makes sure that it is met. */
#include "signals.h"
#include <linux/prctl.h>
#include <linux/ptrace.h>

#define RAX 80				/* in the kernel's struct user */
#define RIP 128
#define BREAKPOINT 0xccUL

extern char call_start[];	/* the system call of restartable_call() */

static struct semaphore semaphore;
static int target;

static void *waiter(void *argument)
{
	struct timespec far = { 1L << 32, 0 };

	(void)argument;
	return (void *)(long)semaphore_wait_until(&semaphore, &far);
}

static void trace(int request, unsigned long address, unsigned long data)
{
	CHECK_EQUAL(system_call(__NR_ptrace, request, target, address, data),
		    0);
}

static unsigned long peek(int request, unsigned long address)
{
	unsigned long word;

	trace(request, address, (unsigned long)&word);
	return word;
}

static int await_stop(void)
{
	int status;

	CHECK_EQUAL(system_call(__NR_wait4, target, &status, __WALL, NULL),
		    target);
	CHECK_EQUAL(status & 0xff, 0x7f);
	return status >> 8 & 0xff;
}

static void help(int pid, int signal)
{
	unsigned long start = (unsigned long)call_start, word;

	if (system_call(__NR_ptrace, PTRACE_SEIZE, target, 0, 0) == -EPERM)
		process_exit(SKIPPED);
	trace(PTRACE_INTERRUPT, 0, 0);
	CHECK_EQUAL(await_stop(), SIGTRAP);
	word = peek(PTRACE_PEEKTEXT, start);
	trace(PTRACE_POKETEXT, start, (word & ~0xffUL) | BREAKPOINT);
	trace(PTRACE_CONT, 0, 0);

	CHECK_EQUAL(await_stop(), SIGTRAP);
	CHECK_EQUAL(peek(PTRACE_PEEKUSR, RIP), start + 1);
	CHECK_EQUAL(peek(PTRACE_PEEKUSR, RAX), __NR_restart_syscall);
	trace(PTRACE_POKETEXT, start, word);
	trace(PTRACE_POKEUSR, RIP, start);
	send(pid, target, signal);
	trace(PTRACE_CONT, 0, 0);

	CHECK_EQUAL(await_stop(), signal);
	trace(PTRACE_DETACH, 0, (unsigned long)signal);
	process_exit(0);
}

static long result_after(int signal)
{
	struct thread *thread = spawn(waiter, NULL);
	int pid = getpid(), helper, status;
	void *result;

	target = thread_tid(thread);
	wait_asleep(target);
	helper = fork1();
	CHECK(helper >= 0);
	if (helper == 0)
		help(pid, signal);
	CHECK_EQUAL(system_call(__NR_wait4, helper, &status, 0, NULL), helper);
	if (status == SKIPPED << 8)
		skip("no permission to trace");
	CHECK_EQUAL(status, 0);
	if (signal == SIGSYNCCALL) {
		wait_asleep(target);
		CHECK_EQUAL(semaphore_post(&semaphore), 0);
	}
	CHECK_EQUAL(thread_join(thread, &result), 0);
	return (long)result;
}

static void nothing(int signal)
{
	(void)signal;
}

int main(void)
{
	system_call(__NR_prctl, PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	handle(SIGUSR1, nothing, 0);
	handle(SIGUSR2, nothing, SA_RESTART);
	CHECK_EQUAL(result_after(SIGSYNCCALL), 0);
	CHECK_EQUAL(result_after(SIGUSR1), -EINTR);
	CHECK_EQUAL(result_after(SIGUSR2), -EINTR);
	return 0;
}
