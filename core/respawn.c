/* Respawn: from the memory of a stopped process to its running threads.
 *
 * A copy begins as one task on a stack of its own, because the stack that it
 * was forked on belongs to the caller's thread, which it is about to create.  It
 * clones every thread onto its saved context and at last becomes the leader
 * itself.  Each thread repairs what memory does not hold and waits at the gate
 * of the stop; the last one opens it.  Until then nobody has run a line of the
 * program, and the copy can still vanish. */
#include "image.h"
#include "thread.h"

struct thread *respawn_caller;
int respawn_channel[2];
int (*respawn_complete)(void);
volatile int respawn_ordered;

#define MAIN_STACK (128UL << 20)

static int unrepaired;			/* futex: threads not yet repaired */

/* The copy has a read end too, and keeps it until it has written: the death of
 * the original must not be a SIGPIPE here. */
int respawn_report(int result)
{
	long n = sys(write, respawn_channel[1], &result, sizeof result);

	sys(close, respawn_channel[1]);
	sys(close, respawn_channel[0]);
	return n < 0 ? (int)n : 0;
}

_Noreturn void respawn_fail(int error, const struct thread *thread)
{
	if (restarting)
		restarting->fail(error, thread->id);
	respawn_report(error);
	exit_group(1);
}

/* Who waits for this copy must know of it, or takes it for dead. */
static void report_complete(void)
{
	int told = respawn_complete ? respawn_complete() : 0;
	int heard = respawn_report(told);

	if (told < 0 || (heard < 0 && !respawn_complete))
		exit_group(1);
	respawn_complete = NULL;
}

void respawned(struct thread *self)
{
	int gate = stop_gate(), error = repair_thread(self), left;

	if (error < 0)
		respawn_fail(error, self);
	call_set_time(self->call);
	left = add(&unrepaired, -1);
	if (respawn_ordered)
		futex_wake(&unrepaired, 1);
	if (left == 0) {
		report_complete();
		stop_release();
		return;
	}
	stop_wait(gate);
}

/* MS_ASYNC asks for nothing, but tells of holes. */
static int is_mapped(unsigned long address, size_t size)
{
	unsigned long begin = address & -page_size;

	return sys(msync, begin, address + size - begin, MS_ASYNC) == 0;
}

/* Where the stack ends that a thread stands on, if that is not its own: an
 * alternate one, or the main thread's, to which the kernel leaves 128 MB below
 * its end.  Of another, of the program's making, one word is looked at. */
static unsigned long end_of_stack(const struct thread *thread)
{
	const stack_t *alternate = &thread->kept.altstack;
	unsigned long sp = thread->context.sp;

	if (sp - (unsigned long)alternate->ss_sp < alternate->ss_size)
		return (unsigned long)alternate->ss_sp + alternate->ss_size;
	if (main_stack - sp < MAIN_STACK)
		return main_stack;
	return sp + sizeof(long);
}

/* With MADV_DONTFORK a program can keep a stack, and the TCB that is on it, from
 * the copy; with MADV_WIPEONFORK it is there, but empty. */
static int is_whole(struct thread *thread)
{
	unsigned long sp, own;

	if (!is_mapped((unsigned long)thread, sizeof *thread))
		return 0;
	sp = thread->context.sp;		/* if wiped, 0 */
	own = (unsigned long)thread->mapping;
	if (own && !is_mapped(own, thread->mapping_size))
		return 0;
	return (own && sp - own < thread->mapping_size) ||
	       is_mapped(sp, end_of_stack(thread) - sp);
}

/* The robust mutexes of all threads get owners that no thread can have, before
 * there are threads: a new tid may be the old one of somebody else. */
static void disown(struct thread *thread)
{
	struct kept *k = &thread->kept;
	int nobody = (int)FUTEX_TID_MASK - thread->id;

	if (!k->robust)
		return;			/* and its page is not copied */
	robust_adopt(k->robust, k->tid, nobody);
	k->tid = nobody;
}

static int clone_one(struct thread *thread)
{
	int left = load(&unrepaired);
	long r = restarting && restarting->same_tids ? restart_clone(thread) :
		 clone_context(THREAD_FLAGS, &thread->context, &thread->tid,
			       &thread_list_lock, thread->tp);

	while (r > 0 && respawn_ordered && load(&unrepaired) == left)
		sys(futex, &unrepaired, FUTEX_WAIT_PRIVATE, left);
	return r < 0 ? (int)r : 0;
}

void respawn_check(void)
{
	for_each_thread(t) {
		if (!is_whole(t))
			respawn_fail(-EOPNOTSUPP, t);
		disown(t);
	}
}

/* Writes to the pages that threads write to first: control blocks, and stacks where
 * context_save() was called.  The kernel copies such a page now; if it did so when
 * there are threads, it would have to interrupt all processors for each. */
static void take_pages(void)
{
	for_each_thread(t) {
		long *top = (long *)t->context.sp - 1;

		store(top, load(top));
		store(&t->tid, t->tid);
	}
}

_Noreturn void respawn_threads(void)
{
	/* Snapshots, and restart, have names of their own. */
	int error = (int)sys(prctl, PR_SET_NAME, respawn_caller->kept.name);

	if (error < 0)
		respawn_fail(error, respawn_caller);
	take_pages();
	store(&unrepaired, thread_count);
	for_each_thread(t) {
		error = t == leader ? 0 : clone_one(t);
		if (error)
			respawn_fail(error, t);
	}
	/* The main thread had exited: the copy's ends the same way. */
	if (!leader)
		exit_task();
	leader->tid = (int)sys(set_tid_address, &thread_list_lock);
	error = (int)set_thread_pointer(leader->tp);
	if (error < 0)
		respawn_fail(error, leader);
	context_restore(&leader->context);
}
