/* Handlers, three deep, on an alternate stack, in which the process is copied
 * and stopped; and a tick may come as well.  Each signal is handled once, on
 * the right stack, with the right mask; and what the handlers have on the stack
 * stays. */
#include "soak.h"

#define DEPTH 3
#define WORDS 64

static _Thread_local int depth, runs[DEPTH];

static _Thread_local int letters, expected[DEPTH];

static void nest(int signal, siginfo_t *info, struct ucontext *unused);

void handlers_begin(void)
{
	struct signal_action action = { (void (*)(int))(void *)nest,
					SA_ONSTACK | SA_SIGINFO, 0 };

	for (int i = 0; i < DEPTH; i++)
		EXPECT_0(signal_action(SIGNAL_NEST + i, &action, NULL));
}

/* Pending signals do not go along: in a copy made just now it was not handled,
 * or that has sent it to its original, which knows it by its number. */
static void raise(int n)
{
	struct moment before = moment_now();
	int run = runs[n];
	siginfo_t info;
	long r;

	memset(&info, 0, sizeof info);
	info.si_code = SI_QUEUE;
	info.si_value.sival_int = expected[n] = ++letters;
	r = system_call(__NR_rt_tgsigqueueinfo, process_pid(),
			thread_tid(me.thread), SIGNAL_NEST + n, &info);
	EXPECT(r == 0 || is_copy_since(&before),
	       "rt_tgsigqueueinfo gives %ld", r);
	EXPECT(runs[n] == run + 1 || is_copy_since(&before),
	       "a handler has run %d times, not once", runs[n] - run);
}

static void be_innermost(void)
{
	switch (chance(6)) {
	case 0:
		make_forkall();
		break;
	case 1:
		nap(chance(20) * MILLISECOND);
		break;
	default:
		system_call(__NR_sched_yield);
	}
}

static void nest(int signal, siginfo_t *info, struct ucontext *unused)
{
	volatile unsigned long words[WORDS];
	unsigned long outer = me.mask, word = chance(FOR_EVER);
	int n = signal - SIGNAL_NEST;

	(void)unused;
	handler_begin();
	if (info->si_value.sival_int != expected[n]) {
		handler_end();
		return;
	}
	expected[n] = 0;
	for (int i = 0; i < WORDS; i++)
		words[i] = word + (unsigned long)i;
	me.mask |= BIT(signal);
	EXPECT(depth == n, "handler %d runs at depth %d", n, depth);
	depth++;
	check_self();
	if (depth < DEPTH)
		raise(depth);
	else
		be_innermost();
	check_self();
	depth--;
	EXPECT(depth == n, "handler %d ends at depth %d", n, depth);
	for (int i = 0; i < WORDS; i++)
		EXPECT(words[i] == word + (unsigned long)i,
		       "a word of a handler's stack is %lx, not %lx", words[i],
		       word + (unsigned long)i);
	me.mask = outer;
	count(HANDLERS);
	runs[n]++;
	handler_end();
}

void handlers_run(int number)
{
	(void)number;
	while (!is_ending(NO_COPIES)) {
		raise(0);
		check_self();
		nap(chance(20) * MILLISECOND);
	}
}
