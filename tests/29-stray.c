/* Case 29: stop signals that nobody has asked for (forged, or late) reach threads
 * at any point of their lives, above all in the last instructions of a detached
 * one, which has no stack to handle them on. */
#include "proc.h"

#define THREADS 300
#define SIGNALS 30

static int target, ending;			/* a tid, or 0 */
static unsigned long seed;

static void *leaver(void *unused)
{
	store(&target, thread_tid(thread_self()));
	return unused;
}

/* A thread that gets signals faster than it handles them would not come to its
 * end: so each gets a few dozen, with pauses. */
static void *sender(void *unused)
{
	int pid = getpid(), tid, last = 0, left = 0;

	while (!load(&ending)) {
		tid = load(&target);
		if (tid != last)
			left = SIGNALS;
		last = tid;
		if (tid && left-- > 0)
			system_call(__NR_tgkill, pid, tid, SIGSYNCCALL);
		for (volatile unsigned i = random_next(&seed) % 10000; i; i--)
			;
	}
	return unused;
}

int main(int argc, char **argv)
{
	struct thread_attr attr = { .detached = 1 };
	struct thread *thread;
	long before;
	int pid;

	seed = random_seed(argc, argv);
	thread = spawn(sender, NULL);
	before = count_mappings();
	for (int i = 0; i < THREADS; i++) {
		store(&target, 0);
		CHECK_EQUAL(thread_create(NULL, &attr, leaver, NULL), 0);
		await_threads(2);
	}
	CHECK_EQUAL(count_mappings(), before);
	pid = forkall();
	CHECK(pid >= 0);
	store(&ending, 1);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	if (pid == 0)
		process_exit(0);
	reap(pid);
	return 0;
}
