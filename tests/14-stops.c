/* Case 14: a stop, or a fork, at every single instruction of another stop: in a
 * thread that is being stopped, from its signal to the return from the handler,
 * asleep in a call or not; and in the one that calls synccall() or forkall(). */
#include "every.h"
#include "one_processor.h"

#define SHARE 700000000L		/* nanoseconds for each act and order */

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

/* It sleeps, or runs, until the stop has come and gone. */
static void be_stopped_asleep(void)
{
	wake(&first.go);
	await(&first.done);
}

static void be_stopped_awake(void)
{
	wake(&first.go);
	while (!load(&first.done))
		sys(sched_yield);
}

static void check_end(void)
{
	CHECK_EQUAL(thread_join(first.thread, NULL), 0);
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
		  .end = check_end, .least = 200 },
		{ "stopped", begin_stop, be_stopped_awake, .end = check_end,
		  .least = 200 },
		{ "stopped asleep", begin_stop, be_stopped_asleep,
		  .end = check_end, .least = 200 },
		{ "forkall", NULL, call_forkall, .least = 500 },
		{ "synccall", NULL, call_synccall, .least = 200 },
	};

	use_one_processor();
	every_begin(argc, argv);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		every_instruction(&acts[i], SHARE);
	return 0;
}
