/* The measure for synccall(): the round trip of musl's __synccall, rewritten here.
 * Threads are caught one at a time, each with a signal and a wait for its post;
 * then the callback goes round, to each thread with a post and back with
 * another; and at last each is let go with a post of its own. */
#include "bench.h"

#define SIGTRIP 41
#define SPINS   100			/* musl's sem_wait looks that often first */

struct bare_semaphore { int value, waiters; };

static struct bare_semaphore for_caller, for_caught, for_end;
static void (*trip_callback)(void *);
static void *trip_argument;

static int try_wait(struct bare_semaphore *s)
{
	int n = load(&s->value);

	return n > 0 && cas(&s->value, n, n - 1);
}

static void wait_on(struct bare_semaphore *s)
{
	for (int i = 0; i < SPINS && !load(&s->value); i++)
		;
	while (!try_wait(s)) {
		add(&s->waiters, 1);
		sys(futex, &s->value, FUTEX_WAIT_PRIVATE, 0, NULL);
		add(&s->waiters, -1);
	}
}

static void post(struct bare_semaphore *s)
{
	add(&s->value, 1);
	if (load(&s->waiters))
		futex_wake(&s->value, 1);
}

static void caught(int signal)
{
	(void)signal;
	post(&for_caller);
	wait_on(&for_caught);
	trip_callback(trip_argument);
	post(&for_caller);
	wait_on(&for_end);
}

static void prepare(void)
{
	struct kernel_action action = {
		.handler = (void *)caught,
		.flags = SA_RESTART,
		.mask = ALL_SIGNALS,
	};
	static int prepared;

	if (!prepared++)
		kernel_action(SIGTRIP, &action, NULL);
}

int musl_synccall(void (*callback)(void *), void *argument)
{
	prepare();
	trip_callback = callback;
	trip_argument = argument;
	for (int i = 0; i < worker_count; i++) {
		send_signal(workers[i]->tid, SIGTRIP);
		wait_on(&for_caller);
	}
	for (int i = 0; i < worker_count; i++) {
		post(&for_caught);
		wait_on(&for_caller);
	}
	callback(argument);
	for (int i = 0; i < worker_count; i++)
		post(&for_end);
	return 0;
}
