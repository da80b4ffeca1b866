/* Case 14: a stop, or a fork, at every single instruction of another stop: in a
 * thread that is being stopped, from its signal to the return from the handler,
 * asleep in a call or not; in its copy, from the clone to the same return; and in
 * the thread that calls synccall() or forkall(). */
#include "every.h"
#include "one_processor.h"
#include "thread.h"

static struct {
	struct thread *thread;
	int what, go, done;		/* futexes: go, done */
} first;				/* who stops the stepped thread first */

static void await(int *word)
{
	while (!load(word))
		system_call(__NR_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL);
}

static void wake(int *word)
{
	store(word, 1);
	system_call(__NR_futex, word, FUTEX_WAKE_PRIVATE, 1);
}

static void *run_first(void *argument)
{
	await(&first.go);
	obey(first.what);
	wake(&first.done);
	return argument;
}

static void begin_fork(void)
{
	first.what = ORDER_FORK;
	first.thread = spawn(run_first, NULL);
}

static void begin_stop(void)
{
	first.what = ORDER_STOP;
	first.thread = spawn(run_first, NULL);
}

/* In a call that does not return before the stop is over. */
static void be_stopped_asleep(void)
{
	await(&first.done);
}

static void release(void)
{
	wake(&first.go);
}

/* Outside of all calls, when it lets the signal in. */
static void be_stopped_awake(void)
{
	unsigned long all = ALL_SIGNALS, mask, pending;

	sys(rt_sigprocmask, SIG_BLOCK, &all, &mask, sizeof mask);
	wake(&first.go);
	do {
		sys(sched_yield);
		sys(rt_sigpending, &pending, sizeof pending);
	} while (!(pending & SIGNAL_BIT(SIGSYNCCALL)));
	sys(rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
}

static void check_end(void)
{
	CHECK_EQUAL(thread_join(first.thread, NULL), 0);
}

static void finish(void)
{
	wake(&first.done);
}

static void call_forkall(void)
{
	forked(forkall());
}

static void call_synccall(void)
{
	int calls = 0;

	CHECK_EQUAL(synccall(ignore, &calls), 0);
	CHECK_EQUAL(calls, 2);
}

int main(int argc, char **argv)
{
	static const struct act acts[] = {
		{ "forked", begin_fork, be_stopped_awake, .end = check_end,
		  .least = 200 },
		{ "forked asleep", begin_fork, be_stopped_asleep,
		  .release = release, .end = check_end, .least = 200 },
		{ "stopped", begin_stop, be_stopped_awake, .end = check_end,
		  .least = 200 },
		{ "stopped asleep", begin_stop, be_stopped_asleep,
		  .release = release, .end = check_end, .least = 200 },
		{ "resumed", .actor = COPIED, .act = be_stopped_asleep,
		  .release = finish, .least = 200 },
		{ "forkall", NULL, call_forkall, .least = 500 },
		{ "synccall", NULL, call_synccall, .least = 200 },
	};

	use_one_processor();
	every_begin(argc, argv, sizeof acts / sizeof *acts);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		every_instruction(&acts[i]);
	return 0;
}
