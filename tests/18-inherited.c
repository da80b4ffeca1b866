/* Case 18: a thread with an alternate stack calls forkall(); in the copy the
 * main thread still has none.  Hard because there the caller's task becomes the
 * main thread and brings the caller's stack, and the kernel refuses what the
 * main thread's frame has of a stack never set (size 0, but not SS_DISABLE). */
#include "test.h"

static char memory[1 << 16];
static int pid;

static void check_none(void)
{
	stack_t stack;

	CHECK_EQUAL(system_call(__NR_sigaltstack, NULL, &stack), 0);
	CHECK_EQUAL(stack.ss_flags, SS_DISABLE);
	CHECK_EQUAL(stack.ss_size, 0);
}

static void *caller(void *unused)
{
	stack_t stack = { .ss_sp = memory, .ss_size = sizeof memory };

	CHECK_EQUAL(system_call(__NR_sigaltstack, &stack, NULL), 0);
	pid = forkall();
	CHECK(pid >= 0);
	CHECK_EQUAL(system_call(__NR_sigaltstack, NULL, &stack), 0);
	CHECK_EQUAL(stack.ss_sp, memory);
	return unused;
}

int main(void)
{
	check_none();
	CHECK_EQUAL(thread_join(spawn(caller, NULL), NULL), 0);
	check_none();
	if (pid == 0)
		process_exit(0);
	reap(pid);
	return 0;
}
