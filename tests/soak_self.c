/* What a thread of the soak checks about itself: that it is still who it was,
 * by all that the kernel and the library know of it, and that time goes on. */
#include "soak.h"
#include <linux/prctl.h>

_Thread_local struct me me;

/* The copies of a thread have one state, and must not all do the same. */
unsigned chance(unsigned n)
{
	unsigned long x = random_next(&me.random) +
			  (unsigned long)load(&process.identity) *
			  0x9e3779b97f4a7c15;

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9;
	return (unsigned)(x >> 32) % n;
}

long outside_now(void)
{
	struct timespec now;

	system_call(__NR_clock_gettime, CLOCK_BOOTTIME, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

void nap(long nanoseconds)
{
	struct timespec deadline = time_of(clock_now() + nanoseconds);
	unsigned long handled;
	int r;

	do {
		handled = me.handled;
		r = sleep_until(&deadline);
		EXPECT(r == 0 || (r == -EINTR && me.handled != handled),
		       "sleep_until gives %d, but no handler has run", r);
	} while (r == -EINTR);
}

/* Between the two readings of the library's id the thread may become a copy. */
static void check_tid(void)
{
	int before, tid;

	do {
		before = thread_tid(me.thread);
		tid = (int)system_call(__NR_gettid);
	} while (thread_tid(me.thread) != before);
	EXPECT(tid == before, "its tid is %d, not %d", tid, before);
}

static void check_time(void)
{
	long now = clock_now();

	EXPECT(now >= me.time, "time has gone back by %ld us",
	       (me.time - now) / 1000);
	me.time = now;
}

static void check_stack(void)
{
	stack_t stack;

	EXPECT_0(system_call(__NR_sigaltstack, NULL, &stack));
	EXPECT(stack.ss_sp == me.stack, "its alternate stack is %p, not %p",
	       stack.ss_sp, me.stack);
	EXPECT(stack.ss_flags == (!me.stack ? SS_DISABLE : me.in_handler ?
				  SS_ONSTACK : 0),
	       "its alternate stack has the flags %d", stack.ss_flags);
}

void check_self(void)
{
	unsigned long mask;
	char name[16];

	EXPECT(thread_self() == me.thread, "it is another thread");
	EXPECT(thread_id(me.thread) == me.id, "its id is %d, not %d",
	       thread_id(me.thread), me.id);
	check_tid();
	EXPECT_0(system_call(__NR_prctl, PR_GET_NAME, name));
	EXPECT(strcmp(name, me.name) == 0, "its name is %s, not %s", name,
	       me.name);
	EXPECT_0(signal_mask(SIG_SETMASK, NULL, &mask));
	EXPECT(mask == me.mask, "its mask is %lx, not %lx", mask, me.mask);
	check_stack();
	check_time();
}

static void note_latest(long late)
{
	long latest;

	do
		latest = load(&board->latest);
	while (late > latest && !cas(&board->latest, latest, late));
}

/* A snapshot sleeps while deadlines pass. */
void check_overdue(const char *what, long deadline, const struct moment *began)
{
	long late = clock_now() - deadline;

	if (has_slept_since(began))
		return;
	note_latest(late);
	EXPECT(!is_too_late(late, board->margin),
	       "%s is late by %ld ms; %lu stops meanwhile", what,
	       late / MILLISECOND, load(&process.stops) - began->stops);
}

void check_deadline(const char *what, long deadline, const struct moment *began)
{
	long late = clock_now() - deadline;

	EXPECT(late >= 0, "%s has ended early, by %ld us", what, -late / 1000);
	check_overdue(what, deadline, began);
}
