/* How late the machine itself makes things: how long it takes until a process
 * has been forked, which makes as many threads as one of the soak has, and
 * until all have been woken and have run.  That is what a copy consists of,
 * without a stop; by some such times, waits may be late. */
#include "soak.h"
#include <linux/futex.h>

#define PROBES 43
#define TIMES  4			/* one after another */
#define EVERY  (250 * MILLISECOND)

static int left, go;
static int running;			/* a pid */
static long begin;

static void *probe(void *argument)
{
	volatile char stack[8192];

	while (!load(&go))
		system_call(__NR_futex, &go, FUTEX_WAIT_PRIVATE, 0, 0L);
	stack[0] = stack[sizeof stack / 2] = 0;
	if (add(&left, -1) == 0)
		system_call(__NR_futex, &left, FUTEX_WAKE_PRIVATE, 1);
	return argument;
}

static _Noreturn void be_probe(void)
{
	struct thread_attr attr = { .stack_size = 16 << 10 };
	int n;

	left = PROBES;
	for (int i = 0; i < PROBES; i++)
		EXPECT_0(thread_create(&(struct thread *){ NULL }, &attr, probe,
				       NULL));
	store(&go, 1);
	system_call(__NR_futex, &go, FUTEX_WAKE_PRIVATE, FOR_EVER);
	while ((n = load(&left)) > 0)
		system_call(__NR_futex, &left, FUTEX_WAIT_PRIVATE, n, 0L);
	board->probe_time = clock_now() - begin;
	process_exit(0);
}

static void note_delay(long time)
{
	long worst = load(&board->delay);

	worst -= worst / 256;
	store(&board->delay, time > worst ? time : worst);
}

/* By the process that is not copied, which does not wait for the answer.  The
 * worst of the last seconds counts. */
void probe_machine(void)
{
	if (running) {
		note_delay(clock_now() - begin - EVERY);
		return;
	}
	if (clock_now() < begin + EVERY)
		return;
	begin = clock_now();
	running = fork1();
	EXPECT(running >= 0, "fork1 gives %d", running);
	if (running == 0)
		be_probe();
}

int probe_ended(int pid, int status)
{
	if (pid != running)
		return 0;
	EXPECT(status == 0, "a process that measures: status %x", status);
	running = 0;
	note_delay(board->probe_time);
	add(&board->probes, 1);
	return 1;
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
