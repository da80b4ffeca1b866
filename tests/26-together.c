/* Case 26: several threads call forkall() from signal handlers at the same
 * time, some on alternate stacks.  k calls make 2^k processes, one for each way
 * in which they can return; in each, all handlers return to what they
 * interrupted.  Hard because a call that waits for another one is copied with
 * it, inside its handler, and so is what it was about to do next. */
#include "proc.h"
#include "signals.h"

#define MOST    64
#define CALLERS 4
#define ROUNDS  5
#define STACK   (64 << 10)

/* Which calls returned 0 in a process: how many processes of each kind. */
static struct shared {
	int kinds[1 << CALLERS];
	int reaped;			/* by their parents, in all */
} *shared;

static char stacks[CALLERS][STACK] __attribute__((aligned(16)));
static struct thread *threads[MOST];
static struct semaphore ready, never_posted;
static struct barrier copied;
static int callers, arrived, results[CALLERS];
static unsigned delays[CALLERS];
static _Thread_local int number;
static _Thread_local volatile int handled;

/* A copy has no pending signals: all must be here before the first calls. */
static void handler(int signal)
{
	int on = number % 2 ? SS_ONSTACK : SS_DISABLE;

	CHECK_EQUAL(stack_flags(), on);
	add(&arrived, 1);
	while (load(&arrived) < callers)
		system_call(__NR_sched_yield);
	for (volatile unsigned n = delays[number]; n; n--)
		;
	results[number] = forkall();
	CHECK_EQUAL(stack_flags(), on);
	CHECK_EQUAL(get_mask(), BIT(signal));
	handled++;
}

/* What the handlers interrupt; the others only wait to be called. */
static void live(void)
{
	if (number >= callers)
		return;
	if (number / 2 % 2)
		CHECK_EQUAL(semaphore_wait(&never_posted), -EINTR);
	else
		while (!handled)
			;
}

static void *thread(void *argument)
{
	struct thread *self = thread_self();
	int id = thread_id(self), caller;
	stack_t stack = { .ss_size = STACK };

	number = (int)(long)argument;
	caller = number < callers;
	if (caller && number % 2) {
		stack.ss_sp = stacks[number];
		CHECK_EQUAL(system_call(__NR_sigaltstack, &stack, NULL), 0);
	}
	CHECK_EQUAL(semaphore_post(&ready), 0);
	live();
	barrier_wait(&copied);			/* no copies any more */
	CHECK_EQUAL(handled, caller);
	CHECK_EQUAL(thread_self(), self);
	CHECK_EQUAL(thread_id(self), id);
	CHECK_EQUAL(thread_tid(self), gettid());
	CHECK_EQUAL(get_mask(), 0);
	CHECK_EQUAL(stack_flags(), caller && number % 2 ? 0 : SS_DISABLE);
	return argument;
}

static void count_process(void)
{
	int kind = 0;

	for (int i = 0; i < callers; i++) {
		CHECK(results[i] >= 0);
		kind |= (results[i] == 0) << i;
	}
	add(&shared->kinds[kind], 1);
}

static void start(int n, unsigned long *random)
{
	arrived = 0;
	CHECK_EQUAL(barrier_init(&copied, n + 1), 0);
	for (int i = 0; i < callers; i++)
		delays[i] = random_next(random) % 10000;
	for (long i = 0; i < n; i++)
		threads[i] = spawn(thread, (void *)i);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(semaphore_wait(&ready), 0);
	for (int i = 0; i < callers; i++)
		if (i / 2 % 2)
			wait_asleep(thread_tid(threads[i]));
}

static void test(int n, int k, unsigned long *random)
{
	int original = getpid();
	void *result;

	callers = k;
	*shared = (struct shared){ .reaped = 0 };
	start(n, random);
	for (int i = 0; i < k; i++)
		send(original, thread_tid(threads[i]), SIGUSR1);
	barrier_wait(&copied);
	count_process();
	for (long i = 0; i < n; i++) {
		CHECK_EQUAL(thread_join(threads[i], &result), 0);
		CHECK_EQUAL(result, i);
	}
	await_threads(1);
	add(&shared->reaped, reap_all());
	if (getpid() != original)
		process_exit(0);
	for (int i = 0; i < 1 << k; i++)
		CHECK_EQUAL(shared->kinds[i], 1);
	CHECK_EQUAL(shared->reaped, (1 << k) - 1);
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	shared = memory_shared(sizeof *shared);
	handle(SIGUSR1, handler, SA_ONSTACK);
	test(1, 1, &random);
	for (int i = 0; i < ROUNDS; i++) {
		test(2, 2, &random);
		test(8, 3, &random);
		test(8, CALLERS, &random);
	}
	test(MOST, 2, &random);
	return 0;
}
