/* A restart, seen from the image: restart has mapped the memory, opened the files
 * and set what belongs to the process; what belongs to threads is done here,
 * by the code that was stopped, as in any other copy. */
#include "call.h"
#include "image.h"

const struct restart *restarting;

static long noted_clock;		/* the program's time, when stopped */
static int noted_ordered;

/* In the image writer: what the image must remember of its moment. */
void restart_note(void)
{
	noted_clock = clock_now();
	noted_ordered = respawn_ordered;
}

/* The program's CLOCK_MONOTONIC goes on where it stood, so that who had a second
 * to wait has it still; the kernel's may be another machine's. */
static void set_clock(void)
{
	clock_offset = 0;
	clock_offset = noted_clock - clock_now();
}

/* By the last thread to be complete, before any goes on. */
static int restart_end(void)
{
	const struct restart *r = restarting;
	int error;

	restarting = NULL;
	respawn_ordered = noted_ordered;
	error = (int)sys(munmap, r->begin, r->size);
	if (error < 0)			/* so that it is still there */
		r->fail(error, -1);
	return error;
}

/* With the tid that it had, which is still in its control block. */
long restart_clone(struct thread *thread)
{
	__u64 tid = (__u64)thread->tid;
	struct clone_args args = {
		.flags = THREAD_FLAGS,
		.parent_tid = (__u64)&thread->tid,
		.child_tid = (__u64)&thread_list_lock,
		.stack = thread->context.sp - 16, .stack_size = 16,
		.tls = (__u64)thread->tp,
		.set_tid = (__u64)&tid, .set_tid_size = 1,
	};

	_Static_assert(sizeof args == CLONE_ARGS, "clone_args");
	return clone3_context(&args, &thread->context);
}

void restarted(const struct restart *r)
{
	int error;

	restarting = r;
	set_clock();
	respawn_channel[0] = respawn_channel[1] = -1;
	respawn_ordered = restarting->ordered;
	respawn_complete = restart_end;
	error = repair_first_task();
	if (error < 0)
		restarting->fail(error, respawn_caller->id);
	if (restarting->stop)
		sys(kill, sys(getpid), SIGSTOP);
	respawn_threads();
}
