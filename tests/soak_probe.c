/* How late the machine itself makes things: how long it takes until as many threads
 * as a process of the soak has have been woken and have run.  That is what a stop
 * consists of, without the library; of such times, waits may be late by some. */
#include "soak.h"
#include <linux/futex.h>

#define PROBES 43
#define TIMES  4			/* stops and the like, one after another */

static int round, left;

static void *probe(void *argument)
{
	int now = 0;

	for (;;) {
		while (load(&round) == now)
			system_call(__NR_futex, &round, FUTEX_WAIT_PRIVATE, now,
				    0L);
		now++;
		if (add(&left, -1) == 0)
			system_call(__NR_futex, &left, FUTEX_WAKE_PRIVATE, 1);
	}
	return argument;
}

void probe_begin(void)
{
	struct thread_attr attr = { .detached = 1, .stack_size = 16 << 10 };

	for (int i = 0; i < PROBES; i++)
		EXPECT_0(thread_create(NULL, &attr, probe, NULL));
}

/* The worst of the last seconds counts. */
void probe_machine(void)
{
	long begin = clock_now(), time, worst = load(&board->delay);
	int n;

	store(&left, PROBES);
	add(&round, 1);
	system_call(__NR_futex, &round, FUTEX_WAKE_PRIVATE, FOR_EVER);
	while ((n = load(&left)))
		system_call(__NR_futex, &left, FUTEX_WAIT_PRIVATE, n, 0L);
	time = clock_now() - begin;
	worst -= worst / 256;
	store(&board->delay, time > worst ? time : worst);
	add(&board->probes, 1);
}

/* Asks the latest probes, which see what has made this late, too. */
int is_too_late(long late, long margin)
{
	int now = load(&board->probes);

	if (late <= margin)
		return 0;
	while (load(&board->probes) - now < 2 && !load(&board->failed))
		sleep_for(10 * MILLISECOND);
	return late > margin + TIMES * load(&board->delay);
}
