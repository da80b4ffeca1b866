/* How far it goes: many forkalls, many threads, many generations.  In each copy
 * all threads answer a call, and each copy must end well. */
#include "soak.h"
#include <linux/futex.h>

#define FEW 4				/* threads, with the main one */

static int calls, answers, dismissed;
static int *born;			/* in shared memory */

static void *member(void *argument)
{
	int call = 0;

	for (;;) {
		while (load(&calls) == call)
			system_call(__NR_futex, &calls, FUTEX_WAIT_PRIVATE,
				    call, 0L);
		call = load(&calls);
		if (load(&dismissed))
			return argument;
		if (thread_tid(thread_self()) !=
		    (int)system_call(__NR_gettid))
			process_exit(FAILED);
		add(&answers, 1);
		system_call(__NR_futex, &answers, FUTEX_WAKE_PRIVATE, 1);
	}
}

static struct thread **muster(int count)
{
	struct thread_attr attr = { .stack_size = 8 << 10 };
	static struct thread *members[30000];

	calls = answers = dismissed = 0;
	for (int i = 1; i < count; i++)
		CHECK_EQUAL(thread_create(&members[i], &attr, member, NULL), 0);
	return members;
}

static void call_all(void)
{
	add(&calls, 1);
	system_call(__NR_futex, &calls, FUTEX_WAKE_PRIVATE, FOR_EVER);
}

static void call_roll(int count)
{
	int n;

	store(&answers, 0);
	call_all();
	while ((n = load(&answers)) < count - 1)
		system_call(__NR_futex, &answers, FUTEX_WAIT_PRIVATE, n, 0L);
	CHECK_EQUAL(n, count - 1);
}

static void dismiss(struct thread **members, int count)
{
	store(&dismissed, 1);
	call_all();
	for (int i = 1; i < count; i++)
		CHECK_EQUAL(thread_join(members[i], NULL), 0);
}

static void tell_time(const char *what, int count, long begin)
{
	long ms = (clock_now() - begin) / MILLISECOND;

	print("soak: %d %s in %ld.%03ld s", count, what, ms / 1000, ms % 1000);
	if (ms)
		print(", %ld a minute", count * 60000L / ms);
	print("\n");
}

/* Every 16th copy calls its roll, so that it is seen to be whole. */
static void mark_forkalls(int count)
{
	struct thread **members = muster(FEW);
	long begin = clock_now();
	int pid;

	for (int i = 0; i < count; i++) {
		pid = forkall();
		CHECK(pid >= 0);
		if (pid == 0) {
			if (i % 16 == 0)
				call_roll(FEW);
			process_exit(0);
		}
		reap(pid);
	}
	tell_time("forkalls of 4 threads", count, begin);
	dismiss(members, FEW);
}

static void mark_threads(int count)
{
	struct thread **members = muster(count);
	long begin = clock_now();
	int pid = forkall();

	CHECK(pid >= 0);
	call_roll(count);
	if (pid == 0)
		process_exit(0);
	reap(pid);
	tell_time("threads, forkall and all answer", count, begin);
	dismiss(members, count);
}

/* Each generation waits for the next, and tells the one before. */
static void mark_generations(int count)
{
	struct thread **members = muster(FEW);
	int generation = 0, pid = 0;
	long begin = clock_now();

	born = memory_shared(sizeof *born);
	while (generation < count && (pid = forkall()) == 0) {
		generation++;
		CHECK_EQUAL(add(born, 1), generation);
		call_roll(FEW);
	}
	CHECK(pid >= 0);
	if (pid > 0)
		reap(pid);
	call_roll(FEW);
	if (generation > 0)
		process_exit(0);
	CHECK_EQUAL(load(born), count);
	tell_time("generations", count, begin);
	dismiss(members, FEW);
}

int marks(int forkalls, int threads, int generations)
{
	if (forkalls)
		mark_forkalls(forkalls);
	if (threads)
		mark_threads(threads);
	if (generations)
		mark_generations(generations);
	return 0;
}
