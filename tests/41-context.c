/* Case 41: context_save() and context_restore() save and restore each register
 * that a function call preserves, in the same task and in a new one.  Hard
 * because a forkall as a whole works by luck without many of them; the canary
 * in context_test.S gives every register a value of its own. */
#include "test.h"
#include "thread.h"

long context_canary(struct context *, void (*resume)(const struct context *));

static struct context context;
static struct {
	struct thread tcb;
	long variables;
} own;					/* enough for a thread pointer */

static void *own_pointer(void)
{
	own.tcb.self = &own.tcb;
	return TLS_ABOVE_TP ? (void *)&own.variables : &own.tcb;
}

static int original, parent_saw, child_sees;
static int *resumed;			/* in the memory of both */

/* Lets a new process go on in the context, then does so itself. */
static void resume_in_both(const struct context *c)
{
	long pid = clone_context(SIGCHLD | CLONE_SETTLS | CLONE_PARENT_SETTID |
				 CLONE_CHILD_SETTID, c, &parent_saw,
				 &child_sees, own_pointer());

	CHECK(pid > 0);
	CHECK_EQUAL(parent_saw, pid);
	CHECK_EQUAL(child_sees, 0);
	reap((int)pid);
	CHECK_EQUAL(*resumed, pid);
	context_restore(c);
}

int main(void)
{
	CHECK_EQUAL(context_canary(&context, context_restore), 0);
	original = getpid();
	resumed = memory_shared(sizeof *resumed);
	CHECK_EQUAL(context_canary(&context, resume_in_both), 0);
	if (getpid() != original) {
		CHECK_EQUAL(child_sees, getpid());
		CHECK_EQUAL(thread_pointer(), own_pointer());
		*resumed = getpid();
		process_exit(0);
	}
	CHECK_EQUAL(clone_context(CLONE_THREAD, &context, NULL, NULL, NULL),
		    -EINVAL);
	return 0;
}
