/* Case 26: forkall() from a signal handler, on the alternate stack or on the
 * normal one, of a thread that computes, waits for a lock or is inside a call.
 * In P and in the copy the handler returns there, mask and stack as before. */
#include "signals.h"

#define MOST  64
#define STACK (64 << 10)

static char stacks[MOST][STACK] __attribute__((aligned(16)));
static struct mutex lock;
static struct semaphore ready, go, returned;
static int result, target;
static _Thread_local int number;
static _Thread_local volatile int handled;

static void handler(int signal)
{
	int flags = stack_flags(), on = number % 2 ? SS_ONSTACK : SS_DISABLE, r;

	CHECK_EQUAL(number, target);
	CHECK_EQUAL(flags, on);
	r = forkall();
	CHECK(r >= 0);
	store(&result, r);
	CHECK_EQUAL(stack_flags(), flags);
	CHECK_EQUAL(get_mask(), BIT(signal));
	CHECK_EQUAL(thread_tid(thread_self()), gettid());
	handled++;
}

/* What the handler interrupts.  EINTR is the handler's, in the copy as well. */
static void live(void)
{
	CHECK_EQUAL(semaphore_post(&ready), 0);
	switch (number % 3) {
	case 0:
		if (number == target)
			while (!handled)
				;
		break;
	case 1:
		CHECK_EQUAL(mutex_lock(&lock), 0);
		CHECK_EQUAL(mutex_unlock(&lock), 0);
		break;
	default:
		CHECK_EQUAL(semaphore_wait(&go), number == target ? -EINTR : 0);
	}
}

static void *thread(void *argument)
{
	stack_t stack = { .ss_sp = stacks[(long)argument], .ss_size = STACK };

	number = (int)(long)argument;
	if (number % 2)
		CHECK_EQUAL(system_call(__NR_sigaltstack, &stack, NULL), 0);
	live();
	if (number == target)
		CHECK_EQUAL(semaphore_post(&returned), 0);
	CHECK_EQUAL(handled, number == target);
	CHECK_EQUAL(get_mask(), 0);
	CHECK_EQUAL(stack_flags(), number % 2 ? 0 : SS_DISABLE);
	return argument;
}

static void test(int n, int who)
{
	struct thread *threads[MOST];

	target = who;
	result = -1;
	CHECK_EQUAL(mutex_lock(&lock), 0);
	for (long i = 0; i < n; i++)
		threads[i] = spawn(thread, (void *)i);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(semaphore_wait(&ready), 0);
	if (who % 3)
		wait_asleep(thread_tid(threads[who]));
	send(getpid(), thread_tid(threads[who]), SIGUSR1);
	if (who % 3 == 1)
		while (load(&result) < 0)
			system_call(__NR_sched_yield);
	CHECK_EQUAL(mutex_unlock(&lock), 0);
	CHECK_EQUAL(semaphore_wait(&returned), 0);
	for (int i = 2; i < n; i += 3)
		if (i != who)
			CHECK_EQUAL(semaphore_post(&go), 0);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	if (result == 0)
		process_exit(0);
	reap(result);
}

int main(void)
{
	handle(SIGUSR1, handler, SA_ONSTACK);
	test(1, 0);
	test(2, 1);
	for (int who = 0; who < 6; who++)
		test(8, who);
	for (int who = MOST - 6; who < MOST; who++)
		test(MOST, who);
	return 0;
}
