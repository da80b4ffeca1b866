/* Case 41: clone_stack() hands each of its five arguments to the right place, and
 * the new task begins with an empty call stack.  Hard because the kernel's order
 * of arguments differs between processors, and most of them matter rarely. */
#include "test.h"
#include "thread.h"

static struct {
	struct thread tcb;
	long variables;
} own;					/* enough for a thread pointer */

static void *own_pointer(void)
{
	own.tcb.self = &own.tcb;
	return TLS_ABOVE_TP ? (void *)&own.variables : &own.tcb;
}

static int tid_seen, tid_cleared = -1, done;

static void check_argument(void *argument)
{
	unsigned long *frame = __builtin_frame_address(0);

	CHECK_EQUAL(argument, &done);
	CHECK_EQUAL(frame[0], 0);		/* nobody called this */
	CHECK_EQUAL(thread_pointer(), own_pointer());
	CHECK_EQUAL(load(&tid_seen), sys(gettid));
	CHECK_EQUAL(load(&tid_cleared), sys(gettid));
	store(&done, 1);
	exit_task();
}

static void just_return(void *argument)
{
	(void)argument;
}

static void *new_stack(void (*function)(void *), void *argument)
{
	static unsigned long stack[2][4096] __attribute__((aligned(16)));
	static int used;
	unsigned long *sp = stack[++used];

	*--sp = (unsigned long)argument;
	*--sp = (unsigned long)function;
	return sp;
}

int main(void)
{
	int tid, status;
	long r;

	r = clone_stack(THREAD_FLAGS | CLONE_CHILD_SETTID,
			new_stack(check_argument, &done), &tid_seen,
			&tid_cleared, own_pointer());
	CHECK(r > 0);
	CHECK_EQUAL(tid_seen, r);
	while ((tid = load(&tid_cleared)) != 0)
		futex_wait_shared(&tid_cleared, tid, NULL);
	CHECK_EQUAL(done, 1);
	CHECK_EQUAL(clone_stack(CLONE_THREAD, NULL, NULL, NULL, NULL), -EINVAL);

	/* A function that returns has nowhere to go. */
	r = clone_stack(SIGCHLD, new_stack(just_return, NULL), NULL, NULL, NULL);
	CHECK_EQUAL(system_call(__NR_wait4, r, &status, 0, 0), r);
	CHECK(status == SIGILL || status == SIGTRAP);
	return 0;
}
