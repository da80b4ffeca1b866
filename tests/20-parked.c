/* Case 20: a program's signal that arrives while its thread is parked is
 * handled once, in P, after the release; not in the copy, where the call that
 * the thread was inside goes on.  A deaf thread keeps the stop waiting until a
 * helper has seen the thread parked and has sent the signals. */
#include "raw.h"

enum { READ, UNTIMED, TIMED, POLL, CALLS };

static struct deaf deaf;
static int bytes[2], blocks_again[2], parent, target, helper;
static struct semaphore semaphore;
static int handled, handled_anywhere;

static void count(int signal)
{
	CHECK(load(&deaf.opening));
	CHECK_EQUAL(getpid(), parent);
	if (signal == SIGUSR1) {
		CHECK_EQUAL(gettid(), target);
		add(&handled, 1);
	} else {
		add(&handled_anywhere, 1);
	}
}

static void *make_call(void *argument)
{
	struct timespec far = { 1L << 32, 0 };
	struct { int fd; short events, revents; } in = { bytes[0], 1, 0 };
	char byte;

	switch ((long)argument) {
	case READ:
		return (void *)system_call(__NR_read, bytes[0], &byte, 1);
	case UNTIMED:
		return (void *)(long)semaphore_wait(&semaphore);
	case TIMED:
		return (void *)(long)semaphore_wait_until(&semaphore, &far);
	default:
		return (void *)system_call(__NR_ppoll, &in, 1, NULL, NULL, 0);
	}
}

static long result_of(int call)
{
	return call == READ || call == POLL;
}

/* Has the call end with its result. */
static void end_call(int call)
{
	if (call == READ || call == POLL)
		tell(bytes);
	else
		CHECK_EQUAL(semaphore_post(&semaphore), 0);
}

static void help(void)
{
	struct signals s;

	await_parked(parent, target);
	send(parent, target, SIGUSR1);
	CHECK_EQUAL(system_call(__NR_kill, parent, SIGUSR2), 0);
	s = await_parked(parent, target);
	CHECK_EQUAL(s.pending, BIT(SIGUSR1));
	/* The caller of forkall() blocks it, and the deaf thread. */
	CHECK_EQUAL(s.shared, BIT(SIGUSR2));
	tell(deaf.open);
	process_exit(0);
}

static void test(int call, unsigned long flags)
{
	int restarts = flags && (call == READ || call == UNTIMED), pid;
	struct thread *thread;
	void *result;

	handled = handled_anywhere = 0;
	handle(SIGUSR1, count, flags);
	handle(SIGUSR2, count, SA_RESTART);
	deaf_start(&deaf);
	thread = spawn(make_call, (void *)(long)call);
	parent = getpid();
	target = thread_tid(thread);
	wait_asleep(target);
	helper = fork1();
	CHECK(helper >= 0);
	if (helper == 0)
		help();
	pid = forkall();
	CHECK(pid >= 0);
	if (pid == 0) {
		wait_asleep(thread_tid(thread));
		CHECK_EQUAL(pending_signals(), 0);
		tell(blocks_again);
	} else {
		hear(blocks_again);	/* before P's byte ends its call */
	}
	if (pid == 0 || restarts)
		end_call(call);
	CHECK_EQUAL(thread_join(thread, &result), 0);
	CHECK_EQUAL(result, pid == 0 || restarts ? result_of(call) : -EINTR);
	hear(deaf.opened);
	deaf_end(&deaf);
	CHECK_EQUAL(handled, pid > 0);
	CHECK_EQUAL(handled_anywhere, pid > 0);
	if (pid == 0)
		process_exit(0);
	reap(pid);
	reap(helper);
	deaf_close(&deaf);
}

int main(void)
{
	open_pipe(blocks_again);
	for (int call = 0; call < CALLS; call++) {
		open_pipe(bytes);
		test(call, 0);
		open_pipe(bytes);
		test(call, SA_RESTART);
	}
	return 0;
}
