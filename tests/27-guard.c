/* Case 27: a thread that runs over the end of its stack meets the guard below it,
 * not the stack of the next thread, whatever sizes were asked for. */
#include "proc.h"

#define PAGE 4096UL
#define CONTROL (8 * PAGE)	/* control block, room for a stop, rounding */

static struct thread_attr attr;
static volatile unsigned long bottom;		/* lowest address touched */
static char handler_stack[32 << 10];
static struct semaphore neighbour_is_there, never;
static int pipe_ends[2];

static _Noreturn void fault(int signal, siginfo_t *info)
{
	unsigned long address = (unsigned long)info->si_addr;
	unsigned long guard = attr.guard_size ? attr.guard_size : PAGE;

	CHECK_EQUAL(signal, SIGSEGV);
	CHECK_EQUAL(address, bottom);
	/* The rest of the guard is one, too: no read succeeds. */
	for (unsigned long p = address; p > address - guard; p -= PAGE)
		CHECK_EQUAL(system_call(__NR_write, pipe_ends[1], p, 1),
			    -EFAULT);
	process_exit(0);
}

/* Its stack is what lies below. */
static void *neighbour(void *unused)
{
	CHECK_EQUAL(semaphore_post(&neighbour_is_there), 0);
	CHECK_EQUAL(semaphore_wait(&never), 0);
	return unused;
}

static void *run_over(void *unused)
{
	const stack_t alternate = { handler_stack, 0, sizeof handler_stack };
	char here = 0;
	unsigned long top = (unsigned long)&here;
	unsigned long size = attr.stack_size ? attr.stack_size : 128 << 10;

	CHECK_EQUAL(system_call(__NR_sigaltstack, &alternate, NULL), 0);
	CHECK_EQUAL(semaphore_wait(&neighbour_is_there), 0);
	size = (size + PAGE - 1) & -PAGE;
	for (bottom = top & -PAGE; top - bottom < size + CONTROL;
	     bottom -= PAGE)
		(void)*(volatile char *)bottom;
	CHECK(!"a fault");
	return unused;
}

static void test(size_t stack_size, size_t guard_size)
{
	const struct signal_action action = {
		(void (*)(int))(void *)fault, SA_SIGINFO | SA_ONSTACK, 0
	};
	struct thread *thread;
	int pid = fork1();

	CHECK(pid >= 0);
	if (pid > 0) {
		reap(pid);
		return;
	}
	open_pipe(pipe_ends);
	attr.stack_size = stack_size;
	attr.guard_size = guard_size;
	CHECK_EQUAL(signal_action(SIGSEGV, &action, NULL), 0);
	CHECK_EQUAL(thread_create(&thread, &attr, run_over, NULL), 0);
	spawn(neighbour, NULL);
	thread_join(thread, NULL);
	process_exit(1);
}

int main(void)
{
	const size_t sizes[] = { 0, 4096, 4097, 16384, 1 << 20 };

	for (int i = 0; i < 5; i++) {
		test(sizes[i], 0);
		test(sizes[i], 1);
		test(sizes[i], 4 * PAGE);
	}
	return 0;
}
