/* Case 22: signals sent to the copy's pid the moment it exists are all handled
 * in it, once, after the respawn, by threads that have them open; and a stray
 * stop signal does nothing.  A helper finds the copy in the list of the
 * caller's children, long before forkall() returns its pid. */
#include "signals.h"
#include "proc.h"

#define MOST   64
#define BURST  20			/* to each copy */
#define ROUNDS 10

static struct shared {
	int served;			/* pid of the copy that has its burst */
	int early;			/* found before it was complete */
	int ending;
} *shared;

static struct thread *threads[MOST];
static int old_tids[MOST], size, original, handled;
static struct barrier call, end;
static _Thread_local int open;

/* By a complete copy's thread, which knows itself. */
static void count(int signal)
{
	CHECK_EQUAL(signal, FIRST_QUEUED);
	CHECK(getpid() != original);
	CHECK(open);
	CHECK_EQUAL(thread_tid(thread_self()), gettid());
	for (int i = 1; i < size; i++)
		CHECK(thread_tid(threads[i]) != old_tids[i]);
	add(&handled, 1);
}

static void serve(int pid)
{
	struct signals s;
	int r;

	for (int i = 0; i < BURST; i++)
		CHECK_EQUAL(system_call(__NR_kill, pid, FIRST_QUEUED), 0);
	CHECK_EQUAL(system_call(__NR_kill, pid, SIGSYNCCALL), 0);
	r = read_signals(pid, pid, &s);
	if (r == 0 && s.shared & BIT(FIRST_QUEUED))
		shared->early++;
	store(&shared->served, pid);
}

/* Serves each new child of the caller, who has two: this helper and a copy. */
static void help(int caller)
{
	char path[48], text[64];
	int last = 0, pid;
	long fd, n;

	format(path, sizeof path, "/proc/%d/task/%d/children", original,
	       caller);
	while (!load(&shared->ending)) {
		fd = system_call(__NR_openat, AT_FDCWD, path, O_RDONLY, 0);
		if (fd < 0)
			process_exit(SKIPPED);
		n = system_call(__NR_read, fd, text, sizeof text - 1);
		system_call(__NR_close, fd);
		text[n > 0 ? n : 0] = 0;
		for (char *p = text; *p; p++) {
			pid = (int)proc_number(p);
			if (pid != getpid() && pid != last)
				serve(last = pid);
			while (*p && *p != ' ')
				p++;
		}
	}
	process_exit(0);
}

static void *idler(void *argument)
{
	set_mask((long)argument % 2 ? EVERYTHING : 0);
	open = (long)argument % 2 == 0;
	barrier_wait(&call);
	barrier_wait(&end);
	return argument;
}

static void test(int n)
{
	int pid;

	size = n;
	CHECK_EQUAL(barrier_init(&call, n), 0);
	CHECK_EQUAL(barrier_init(&end, n), 0);
	for (long i = 1; i < n; i++) {
		threads[i] = spawn(idler, (void *)i);
		old_tids[i] = thread_tid(threads[i]);
	}
	barrier_wait(&call);
	for (int i = 0; i < ROUNDS; i++) {
		pid = forkall();
		CHECK(pid >= 0);
		if (pid == 0)
			break;
		reap(pid);
	}
	if (pid == 0)
		while (load(&shared->served) != getpid() ||
		       load(&handled) != BURST)
			system_call(__NR_sched_yield);
	barrier_wait(&end);
	for (int i = 1; i < n; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	CHECK_EQUAL(handled, pid ? 0 : BURST);
	if (pid == 0)
		process_exit(0);
}

int main(void)
{
	int helper, status;

	shared = memory_shared(sizeof *shared);
	original = getpid();
	open = 1;
	handle(FIRST_QUEUED, count, SA_RESTART);
	helper = fork1();
	CHECK(helper >= 0);
	if (helper == 0)
		help(original);
	for_each_count(n)
		test(n);
	store(&shared->ending, 1);
	CHECK_EQUAL(system_call(__NR_wait4, helper, &status, 0, NULL), helper);
	if (status == SKIPPED << 8)
		skip("the kernel does not list children");
	CHECK_EQUAL(status, 0);
	print("%d of %d copies got their signals early\n", shared->early,
	      4 * ROUNDS);
	return 0;
}
