/* Timers that tick a thousand times a second: one of the process, one of a
 * thread. They go on whatever is copied; a copy has none until it makes its
 * own. */
#include "soak.h"
#include <linux/time_types.h>

#define EVERY    MILLISECOND

static unsigned long alarms, ticks;

static void tick(int signal)
{
	handler_begin();
	add(signal == SIGALRM ? &alarms : &ticks, 1);
	count(HANDLERS);
	handler_end();
}

void timers_begin(void)
{
	struct signal_action action = { tick, SA_ONSTACK | SA_RESTART, 0 };

	EXPECT_0(signal_action(SIGALRM, &action, NULL));
	EXPECT_0(signal_action(SIGNAL_TICK, &action, NULL));
}

/* ---- The process's ------------------------------------------------------- */

static void alarm_check_none(void)
{
	struct { long interval[2], value[2]; } i;

	EXPECT_0(system_call(__NR_getitimer, 0, &i));
	EXPECT(!(i.interval[1] | i.value[0] | i.value[1]),
	       "a copy has the interval timer of its original");
}

static void alarm_set(long nanoseconds)
{
	long us = nanoseconds / 1000, i[4] = { 0, us, 0, us };

	EXPECT_0(system_call(__NR_setitimer, 0, i, 0L));
}

/* ---- The thread's -------------------------------------------------------- */

static int timer;

static void timer_check_none(void)
{
	struct __kernel_itimerspec left;

	EXPECT(system_call(__NR_timer_gettime, timer, &left) == -EINVAL,
	       "a copy has the timer of its original");
}

/* The timer can be another process's in the middle. */
static void timer_set(const struct moment *began)
{
	struct __kernel_itimerspec every = { { 0, EVERY }, { 0, EVERY } };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGNAL_TICK };
	long r;

	event.sigev_notify_thread_id = thread_tid(me.thread);
	r = system_call(__NR_timer_create, CLOCK_MONOTONIC, &event, &timer);
	if (r == 0)
		r = system_call(__NR_timer_settime, timer, 0, &every, 0L);
	EXPECT(r == 0 || is_copy_since(began), "a timer gives %ld", r);
}

static void timer_end(const struct moment *began)
{
	long r = system_call(__NR_timer_delete, timer);

	EXPECT(r == 0 || is_copy_since(began), "timer_delete gives %ld", r);
}

/* ---- Who watches them ---------------------------------------------------- */

static void end(int number, const struct moment *set)
{
	if (number)
		timer_end(set);
	else
		alarm_set(0);
}

/* If this thread has become a copy meanwhile, it does not know whose it is. */
static void start(int number, struct moment *set)
{
	for (;;) {
		*set = moment_now();
		if (number)
			timer_set(set);
		else
			alarm_set(EVERY);
		if (!is_copy_since(set))
			return;
		end(number, set);
	}
}

static void await_ticks(int number, const struct moment *set)
{
	unsigned long *counter = number ? &ticks : &alarms;
	unsigned long before = load(counter);
	long began = clock_now();

	while (load(counter) - before < 20 && !is_copy_since(set)) {
		nap(5 * MILLISECOND);
		EXPECT(is_copy_since(set) || !is_impatient(began),
		       "%s timer has stopped", number ? "the thread's" :
		       "the process's");
	}
}

/* Every time that it finds itself in a copy, the timer is set anew. */
void timers_run(int number)
{
	struct moment set;

	while (!is_ending(NO_WORK)) {
		start(number, &set);
		while (!is_ending(NO_WORK) && !is_copy_since(&set)) {
			await_ticks(number, &set);
			check_self();
			meddle();
		}
		if (!is_copy_since(&set))
			end(number, &set);
		else if (number)
			timer_check_none();
		else
			alarm_check_none();
	}
}
