/* Case 19: stopped inside a handler, three handlers deep, on the alternate
 * stack and on the normal one.  In P and in the copy each handler returns to
 * the one that it interrupted, with that one's mask; then the stack is free
 * again. */
#include "signals.h"

#define MOST  64
#define STACK (64 << 10)

static const int signals[] = { SIGUSR1, SIGUSR2, FIRST_QUEUED };
static char stacks[MOST][STACK] __attribute__((aligned(16)));
static int go[2];
static struct semaphore inside;
static int caller, result;		/* who calls forkall() in there */

static _Thread_local long number;
static _Thread_local int depth;

static int own_stack_flags(void)
{
	stack_t stack;

	CHECK_EQUAL(system_call(__NR_sigaltstack, NULL, &stack), 0);
	if (number % 2 == 0)
		CHECK_EQUAL(stack.ss_sp, stacks[number]);
	return stack.ss_flags;
}

static void innermost(void)
{
	if (number == caller)
		result = forkall();
	CHECK_EQUAL(semaphore_post(&inside), 0);
	hear(go);
}

static void handler(int signal)
{
	int flags = own_stack_flags(), mine = depth++;
	volatile unsigned long canary = (unsigned long)number << 8 |
					(unsigned long)mine;
	unsigned long mask = get_mask(), expected = 0;

	for (int i = 0; i <= mine; i++)
		expected |= BIT(signals[i]);
	CHECK_EQUAL(signal, signals[mine]);
	CHECK_EQUAL(mask, expected);
	CHECK_EQUAL(flags, number % 2 ? SS_DISABLE : SS_ONSTACK);
	if (depth < 3)
		send(getpid(), gettid(), signals[depth]);
	else
		innermost();
	CHECK_EQUAL(get_mask(), mask);
	CHECK_EQUAL(own_stack_flags(), flags);
	CHECK_EQUAL(canary, number << 8 | mine);
	CHECK_EQUAL(depth--, mine + 1);
}

static void *thread(void *argument)
{
	stack_t stack = { .ss_sp = stacks[(long)argument], .ss_size = STACK };

	number = (long)argument;
	if (number % 2 == 0)
		CHECK_EQUAL(system_call(__NR_sigaltstack, &stack, NULL), 0);
	send(getpid(), gettid(), signals[0]);
	CHECK_EQUAL(depth, 0);
	CHECK_EQUAL(get_mask(), 0);
	CHECK_EQUAL(own_stack_flags(), number % 2 ? SS_DISABLE : 0);
	return argument;
}

/* The main thread calls if nobody else does. */
static void test(int n, int who)
{
	struct thread *threads[MOST];

	caller = who;
	for (long i = 0; i < n; i++)
		if (i != who)
			threads[i] = spawn(thread, (void *)i);
	for (int i = 0; i < n - (who >= 0); i++)
		CHECK_EQUAL(semaphore_wait(&inside), 0);
	if (who >= 0) {
		threads[who] = spawn(thread, (void *)(long)who);
		CHECK_EQUAL(semaphore_wait(&inside), 0);
	} else {
		result = forkall();
	}
	CHECK(result >= 0);
	for (int i = 0; i < n; i++)
		tell(go);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	if (result == 0)
		process_exit(0);
	reap(result);
}

int main(void)
{
	open_pipe(go);
	for (int i = 0; i < 3; i++)
		handle(signals[i], handler, SA_ONSTACK);
	for_each_count(n) {
		test(n, -1);
		test(n, 0);
		test(n, n - 1);
	}
	return 0;
}
