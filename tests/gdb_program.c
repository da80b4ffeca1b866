/* What tests/check-gdb-backtrace debugs: threads in places from which a backtrace
 * is hard, known to the debugger by name.
 *   life            threads are created, are in handlers, end in both ways
 *   copy N [FILE]   forkall() with N other threads; FILE is made when the original
 *                   ends, and the copy has ended well
 *   snapshot N      snapshot(), resumed twice
 *   image N FILE    checkpoint(); the restarted process ends with RESTARTED */
#include "test.h"
#include <linux/futex.h>

#define RESTARTED 42
#define MOST 64

enum { NESTED, WAITS, LOCKS, SPINS };

/* A debugger reads all of this.  tp: thread pointers tell who is who, in a copy
 * too. */
struct known {
	void *tp;
	int kind;
} known[MOST + 1];			/* by number; the last: main */
int crew_size;
int settled;				/* everybody is in place, and stays */

static struct thread *threads[MOST];
static char alternate_stacks[MOST][64 << 10] __attribute__((aligned(64)));
static int ready, released;
static struct mutex mutex;

static void *own_tp(void)
{
	/* The interface has no name for it. */
	return *(void **)((char *)thread_self() + sizeof(void *));
}

/* ---- Places ---------------------------------------------------------------- */

/* What follows a call keeps it from being a jump, which leaves no frame. */
#define NOT_LAST() __asm__ volatile("" : : : "memory")
#define PLACE __attribute__((noinline)) static

PLACE void wait_here(void)
{
	while (!load(&released))
		system_call(__NR_futex, &released, FUTEX_WAIT_PRIVATE, 0, 0L);
}

PLACE void second_handler(int signal)
{
	CHECK_EQUAL(signal, SIGUSR2);
	if (crew_size) {
		add(&ready, 1);
		wait_here();
	}
	NOT_LAST();
}

PLACE void first_handler(int signal)
{
	CHECK_EQUAL(signal, SIGUSR1);
	system_call(__NR_tkill, thread_tid(thread_self()), SIGUSR2);
	NOT_LAST();
}

PLACE void raise_first(void)
{
	system_call(__NR_tkill, thread_tid(thread_self()), SIGUSR1);
	NOT_LAST();
}

PLACE void spin_leaf(void)
{
	while (!load(&released))
		NOT_LAST();
}

/* Once by every thread of the crew, when it goes on. */
__attribute__((noinline)) void goes_on(int n)
{
	__asm__ volatile("" : : "r"(n) : "memory");
}

PLACE void nested_thread(int n)
{
	stack_t alternate = {
		.ss_sp = alternate_stacks[n],
		.ss_size = sizeof *alternate_stacks,
	};

	CHECK_EQUAL(system_call(__NR_sigaltstack, &alternate, NULL), 0);
	raise_first();
	NOT_LAST();
}

PLACE void wait_thread(void)
{
	add(&ready, 1);
	wait_here();
	NOT_LAST();
}

PLACE void lock_thread(void)
{
	add(&ready, 1);
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
}

PLACE void spin_thread(void)
{
	add(&ready, 1);
	spin_leaf();
	NOT_LAST();
}

static void *crew_thread(void *argument)
{
	int n = (int)(long)argument;

	known[n].tp = own_tp();
	switch (known[n].kind) {
	case NESTED: nested_thread(n); break;
	case WAITS:  wait_thread(); break;
	case LOCKS:  lock_thread(); break;
	case SPINS:  spin_thread(); break;
	}
	goes_on(n);
	return argument;
}

/* ---- The crew -------------------------------------------------------------- */

static void catch_signals(void)
{
	struct signal_action action = { .flags = SA_ONSTACK };

	action.handler = first_handler;
	CHECK_EQUAL(signal_action(SIGUSR1, &action, NULL), 0);
	action.handler = second_handler;
	CHECK_EQUAL(signal_action(SIGUSR2, &action, NULL), 0);
}

/* Processors are few: one thread spins. */
static void start_crew(void)
{
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	known[MOST].tp = own_tp();
	for (int i = 0; i < crew_size; i++) {
		known[i].kind = i == SPINS ? SPINS : i % SPINS;
		threads[i] = spawn(crew_thread, (void *)(long)i);
	}
	while (load(&ready) != crew_size)
		system_call(__NR_sched_yield);
	for (int i = 0; i < crew_size; i++)
		if (known[i].kind != SPINS)
			wait_asleep(thread_tid(threads[i]));
	store(&settled, 1);
}

static void end_crew(void)
{
	store(&settled, 0);
	store(&released, 1);
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
	system_call(__NR_futex, &released, FUTEX_WAKE_PRIVATE, crew_size);
	for (int i = 0; i < crew_size; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
}

__attribute__((noinline)) void in_original(int pid)
{
	__asm__ volatile("" : : "r"(pid) : "memory");
}

__attribute__((noinline)) void in_copy(void)
{
	NOT_LAST();
}

/* ---- The lives --------------------------------------------------------------- */

static void *life_thread(void *argument)
{
	nested_thread((int)(long)argument);
	return argument;
}

/* Joined, and detached: the second unmaps its own stack. */
static int life(void)
{
	struct thread *thread;
	int tid;

	known[MOST].tp = own_tp();
	CHECK_EQUAL(thread_join(spawn(life_thread, NULL), NULL), 0);
	thread = spawn(life_thread, (void *)1);
	tid = thread_tid(thread);
	CHECK_EQUAL(thread_detach(thread), 0);
	while (system_call(__NR_tkill, tid, 0) == 0)
		system_call(__NR_sched_yield);
	return 0;
}

static int copy(const char *path)
{
	int pid = forkall();

	CHECK(pid >= 0);
	if (pid == 0)
		in_copy();
	else
		in_original(pid);
	end_crew();
	if (pid)
		reap(pid);
	if (pid && path)
		CHECK(system_call(__NR_openat, AT_FDCWD, path, O_CREAT | O_EXCL,
				  0600) >= 0);
	return 0;
}

static int snapshots(void)
{
	int pid = snapshot(), resumed;

	CHECK(pid >= 0);
	if (pid == 0) {
		in_copy();
		end_crew();
		return 0;
	}
	end_crew();
	for (int i = 0; i < 2; i++) {
		resumed = snapshot_resume(pid);
		CHECK(resumed > 0);
		in_original(resumed);
		reap(resumed);
	}
	CHECK_EQUAL(snapshot_discard(pid), 0);
	return 0;
}

static int image(const char *path)
{
	int r = checkpoint(path);

	CHECK(r >= 0);
	if (r)
		in_copy();
	else
		in_original(0);
	end_crew();
	return r ? RESTARTED : 0;
}

static int number(const char *digits)
{
	int n = 0;

	while (*digits >= '0' && *digits <= '9')
		n = n * 10 + *digits++ - '0';
	return n;
}

int main(int argc, char **argv)
{
	/* What who calls has left open could not be restored. */
	system_call(__NR_close_range, 3, ~0U, 0);
	catch_signals();
	if (argc == 2 && !strcmp(argv[1], "life"))
		return life();
	if (argc < 3)
		return 2;
	crew_size = number(argv[2]);
	CHECK(crew_size <= MOST);
	start_crew();
	if (!strcmp(argv[1], "copy"))
		return copy(argv[3]);
	if (!strcmp(argv[1], "snapshot"))
		return snapshots();
	if (!strcmp(argv[1], "image") && argc == 4)
		return image(argv[3]);
	return 2;
}
