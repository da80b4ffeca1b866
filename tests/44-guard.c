/* Case 44: below each stack, in C as in P, lies a guard: who runs out of stack
 * gets a signal and does not write into the next thread.  Hard because the next
 * thread's control block is only a page away. */
#include "test.h"

#define STACK (64L << 10)
#define GUARD (16L << 10)

static struct barrier begin;
static int victim;			/* who runs out of stack */
static unsigned long top;		/* near the top of its stack */

/* On the alternate stack.  The first page that is out of bounds is somewhere
 * below STACK bytes, but not by more than the pages that TCB and TLS fill up. */
static void on_fault(int signal, siginfo_t *info, void *frame)
{
	unsigned long address = (unsigned long)info->si_addr;

	(void)signal, (void)frame;
	CHECK_EQUAL(thread_id(thread_self()), victim);
	CHECK(address < top - STACK / 2);
	CHECK(address >= top - STACK - GUARD);
	process_exit(0);
}

/* Through all of the guard, which ends GUARD bytes lower. */
static void run_out_of_stack(void)
{
	static char space[32 << 10];
	stack_t other = { .ss_sp = space, .ss_size = sizeof space };
	char here;

	top = (unsigned long)&here;
	CHECK_EQUAL(system_call(__NR_sigaltstack, &other, NULL), 0);
	for (unsigned long p = top; p > top - STACK - GUARD; p -= 64)
		*(volatile char *)p = 0;
	CHECK(!"a guard");
}

static void *member(void *unused)
{
	barrier_wait(&begin);
	if (thread_id(thread_self()) == victim)
		run_out_of_stack();
	barrier_wait(&begin);		/* never complete */
	return unused;
}

/* One copy for each of up to eight victims; P itself is the last. */
static void check_threads(int count)
{
	struct thread_attr attr = { .stack_size = STACK, .guard_size = GUARD };
	struct thread *threads[64];
	int pid;

	barrier_init(&begin, count + 1);
	for (int i = 0; i < count; i++)
		CHECK_EQUAL(thread_create(&threads[i], &attr, member, NULL), 0);
	for (int i = 0; i < count; i += count > 8 ? 9 : 1) {
		victim = thread_id(threads[i]);
		pid = i < count - 1 ? forkall() : 0;
		CHECK(pid >= 0);
		if (pid == 0) {
			barrier_wait(&begin);
			barrier_wait(&begin);
		}
		reap(pid);
	}
}

int main(void)
{
	struct signal_action fault = {
		.handler = (void (*)(int))(void *)on_fault,
		.flags = SA_SIGINFO | SA_ONSTACK,
	};
	int pid;

	CHECK_EQUAL(signal_action(SIGSEGV, &fault, NULL), 0);
	for (int n = 1; n <= 64; n = n == 1 ? 2 : n == 2 ? 8 : n * 8) {
		pid = fork1();
		CHECK(pid >= 0);
		if (pid == 0)
			check_threads(n);
		reap(pid);
	}
	return 0;
}
