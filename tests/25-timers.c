/* Case 25: timers tick a thousand times a second in P, for the process and for
 * some threads, through many forkalls: no tick disturbs a stop, no stop loses
 * the timers.  There are none in the copy, and no tick of P's reaches it. */
#include "proc.h"
#include "signals.h"
#include <linux/time_types.h>

#define MOST        64
#define TIMERS      4			/* more would leave no time to others */
#define MILLISECOND 1000000L

static struct thread *threads[MOST];
static int timers[TIMERS], ticks[TIMERS + 1], ending;
static struct barrier quiet;
static _Thread_local int number;

static void tick(int signal)
{
	add(&ticks[signal == SIGALRM ? TIMERS : number], 1);
}

static const struct __kernel_itimerspec every_millisecond = {
	{ 0, MILLISECOND }, { 0, MILLISECOND }
};

static void start_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = FIRST_QUEUED };

	event.sigev_notify_thread_id = gettid();
	CHECK_EQUAL(system_call(__NR_timer_create, CLOCK_MONOTONIC, &event,
				&timers[number]), 0);
	CHECK_EQUAL(system_call(__NR_timer_settime, timers[number], 0,
				&every_millisecond, NULL), 0);
}

/* All but the first spend their time asleep. */
static void *worker(void *argument)
{
	int r;

	number = (int)(long)argument;
	if (number < TIMERS)
		start_timer();
	while (!load(&ending)) {
		r = number ? sleep_for(50 * MILLISECOND) : 0;
		CHECK(r == 0 || r == -EINTR);
	}
	barrier_wait(&quiet);
	return argument;
}

static void await_ticks(int n)
{
	int before;

	for (int i = 0; i < n && i < TIMERS; i++) {
		before = load(&ticks[i]);
		while (load(&ticks[i]) == before)
			system_call(__NR_sched_yield);
	}
}

static void check_copy(int n)
{
	struct __kernel_itimerspec left;
	struct { long interval[2], value[2]; } alarm;
	int before[TIMERS + 1];

	CHECK_EQUAL(system_call(__NR_getitimer, 0, &alarm), 0);
	CHECK_EQUAL(alarm.interval[1] | alarm.value[0] | alarm.value[1], 0);
	for (int i = 0; i < n && i < TIMERS; i++)
		CHECK_EQUAL(system_call(__NR_timer_gettime, timers[i], &left),
			    -EINVAL);
	CHECK_EQUAL(pending_signals(), 0);
	/* Whose handler the stop had interrupted has left it by now. */
	store(&ending, 1);
	barrier_wait(&quiet);
	memcpy(before, ticks, sizeof ticks);
	CHECK_EQUAL(sleep_for(5 * MILLISECOND), 0);
	CHECK_EQUAL(memcmp(before, ticks, sizeof ticks), 0);
}

static void join_all(int n)
{
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
}

static void test(int n, int rounds)
{
	int pid = 1;

	store(&ending, 0);
	CHECK_EQUAL(barrier_init(&quiet, n + 1), 0);
	for (long i = 0; i < n; i++)
		threads[i] = spawn(worker, (void *)i);
	for (int i = 0; i < rounds && pid; i++) {
		await_ticks(n);
		pid = forkall();
		CHECK(pid >= 0);
		if (pid)
			reap(pid);
	}
	if (pid == 0) {
		check_copy(n);
		join_all(n);
		process_exit(0);
	}
	await_ticks(n);
	store(&ending, 1);
	barrier_wait(&quiet);
	join_all(n);
	for (int i = 0; i < n && i < TIMERS; i++)
		CHECK_EQUAL(system_call(__NR_timer_delete, timers[i]), 0);
}

int main(void)
{
	struct { long interval[2], value[2]; } alarm = {
		{ 0, 1000 }, { 0, 1000 }
	};

	handle(SIGALRM, tick, SA_RESTART);
	handle(FIRST_QUEUED, tick, SA_RESTART);
	CHECK_EQUAL(system_call(__NR_setitimer, 0, &alarm, NULL), 0);
	for_each_count(n)
		test(n, n == MOST ? 5 : 10);
	CHECK(ticks[TIMERS] > 0);
	return 0;
}
