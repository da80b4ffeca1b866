/* Case 26: hooks around forkall(): prepare before the fork, the latest first; then
 * parent in P and child in the copy, in the order of registration, in the
 * calling thread.  They run without a lock: a hook may register another. */
#include "test.h"

static char order[64];
static int at;
static struct thread *caller;

static void note(char c)
{
	CHECK_EQUAL(thread_self(), caller);
	order[at++] = c;
	order[at] = 0;
}

static void prepare_a(void) { note('a'); }
static void prepare_b(void) { note('b'); }
static void prepare_c(void) { note('c'); }
static void parent_a(void) { note('A'); }
static void parent_b(void) { note('B'); }
static void parent_c(void) { note('C'); }
static void child_a(void) { note('1'); }
static void child_b(void) { note('2'); }

static struct fork_hooks a = { prepare_a, parent_a, child_a, NULL, NULL };
static struct fork_hooks c = { prepare_c, parent_c, NULL, NULL, NULL };

static void prepare_and_add(void)
{
	int r = fork_hooks_add(&c);

	CHECK(r == 0 || r == -EEXIST);
	prepare_b();
}

static struct fork_hooks b = { prepare_and_add, parent_b, child_b, NULL, NULL };
static struct fork_hooks none;

/* Returns the pid; the order is what is expected. */
static void run(int flags, const char *parent, const char *child)
{
	int pid;

	at = 0;
	order[0] = 0;
	caller = thread_self();
	pid = forkallx(flags);
	CHECK(pid >= 0);
	if (strcmp(order, pid ? parent : child) != 0) {
		eprint("%s\n", order);
		process_exit(FAILED);
	}
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

static void *thread(void *unused)
{
	run(FORK_WAITPID, "cbaABC", "cba12");
	return unused;
}

static void in_callback(void *unused)
{
	(void)unused;
	CHECK_EQUAL(forkall(), -EDEADLK);
	CHECK_EQUAL(fork_hooks_add(&none), -EDEADLK);
}

int main(void)
{
	int pid;

	run(0, "", "");
	CHECK_EQUAL(fork_hooks_add(NULL), -EINVAL);
	CHECK_EQUAL(fork_hooks_add(&a), 0);
	CHECK_EQUAL(fork_hooks_add(&a), -EEXIST);
	run(0, "aA", "a1");
	CHECK_EQUAL(fork_hooks_add(&b), 0);
	run(0, "baAB", "ba12");		/* and b has added c, too late */
	CHECK_EQUAL(fork_hooks_add(&none), 0);
	run(0, "cbaABC", "cba12");
	CHECK_EQUAL(thread_join(spawn(thread, NULL), NULL), 0);

	at = 0;
	CHECK_EQUAL(forkallx(64), -EINVAL);
	CHECK_EQUAL(synccall(in_callback, NULL), 0);
	pid = fork1();
	CHECK(pid >= 0);
	if (pid == 0)
		process_exit(at);
	reap(pid);
	CHECK_EQUAL(at, 0);
	return 0;
}
