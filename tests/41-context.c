/* Case 41: every line of arch.S that saves or restores a register, or moves an
 * argument, is needed.  Hard because a forkall as a whole works by luck without
 * many of them; this calls each routine directly, with a value of its own in
 * every register and argument. */
#include "test.h"
#include "thread.h"

long context_canary(struct context *, void (*resume)(const struct context *));

static struct context context;

/* ---- A context in the same task, and in a new one --------------------------- */

static int original, parent_saw, child_sees;

/* Lets a new process go on in the context, then does so itself. */
static void resume_in_both(const struct context *c)
{
	long pid = clone_context(SIGCHLD | CLONE_PARENT_SETTID |
				 CLONE_CHILD_SETTID, c, &parent_saw,
				 &child_sees, NULL);

	CHECK(pid > 0);
	CHECK_EQUAL(parent_saw, pid);
	CHECK_EQUAL(child_sees, 0);
	reap((int)pid);
	context_restore(c);
}

static void check_context(void)
{
	CHECK_EQUAL(context_canary(&context, context_restore), 0);
	original = getpid();
	CHECK_EQUAL(context_canary(&context, resume_in_both), 0);
	if (getpid() != original) {
		CHECK_EQUAL(child_sees, getpid());
		process_exit(0);
	}
	CHECK_EQUAL(clone_context(CLONE_THREAD, &context, NULL, NULL, NULL),
		    -EINVAL);
}

/* ---- Threads with their five arguments -------------------------------------- */

static int tid_seen, tid_cleared = -1, done;
static struct thread own;		/* enough of a TCB for thread_self() */

static void check_argument(void *argument)
{
	unsigned long *frame = __builtin_frame_address(0);

	CHECK_EQUAL(argument, &done);
	CHECK_EQUAL(frame[0], 0);		/* nobody called this */
	CHECK_EQUAL(thread_pointer(), own.tp);
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

static void check_clone_stack(void)
{
	int tid, status;
	long r;

	own.self = &own;
	own.tp = TLS_ABOVE_TP ? (void *)(&own + 1) : &own;
	r = clone_stack(THREAD_FLAGS | CLONE_CHILD_SETTID,
			new_stack(check_argument, &done), &tid_seen,
			&tid_cleared, own.tp);
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
}

/* ---- The system call, which a stop takes back --------------------------------- */

#define PIECE 65536L			/* a multiple of every page size */

/* mmap() needs all six arguments right. */
static void check_arguments(void)
{
	long file = system_call(__NR_memfd_create, "pieces", 0);
	long hole = system_call(__NR_mmap, 0, 4 * PIECE, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const char *text = (char *)hole;
	int ends[2];

	for (int i = 0; i < 4; i++)
		CHECK_EQUAL(system_call(__NR_pwrite64, file, &"abcd"[i], 1,
					i * PIECE), 1);
	CHECK_EQUAL(restartable_call(__NR_mmap, hole + PIECE, 2 * PIECE,
				     PROT_READ, MAP_SHARED | MAP_FIXED, file,
				     PIECE), hole + PIECE);
	CHECK_EQUAL(text[PIECE], 'b');
	CHECK_EQUAL(text[2 * PIECE], 'c');
	open_pipe(ends);
	CHECK_EQUAL(system_call(__NR_write, ends[1], hole, 1), -EFAULT);
	CHECK_EQUAL(system_call(__NR_write, ends[1], hole + 3 * PIECE, 1),
		    -EFAULT);
	tell(ends);
	CHECK_EQUAL(system_call(__NR_read, ends[0], hole + PIECE, 1), -EFAULT);
}

static int word, bits = 1 << 5;

static void *wait_for_bits(void *unused)
{
	struct timespec late = { .tv_sec = 1L << 40 };

	CHECK_EQUAL(restartable_call(__NR_futex, (long)&word,
				     FUTEX_WAIT_BITSET_PRIVATE, 0, (long)&late,
				     0, bits), 0);
	return unused;
}

static void nothing(void *unused)
{
	(void)unused;
}

static void check_call_again(void)
{
	struct thread *waiter = spawn(wait_for_bits, NULL);

	for (int i = 0; i < 3; i++) {
		wait_asleep(thread_tid(waiter));
		CHECK_EQUAL(synccall(nothing, NULL), 0);
	}
	wait_asleep(thread_tid(waiter));
	CHECK_EQUAL(syscall6(__NR_futex, (long)&word, FUTEX_WAKE_BITSET_PRIVATE,
			     1, 0, 0, ~bits), 0);
	CHECK_EQUAL(syscall6(__NR_futex, (long)&word, FUTEX_WAKE_BITSET_PRIVATE,
			     1, 0, 0, bits), 1);
	thread_join(waiter, NULL);
}

int main(void)
{
	check_context();
	check_clone_stack();
	check_arguments();
	check_call_again();
	CHECK_EQUAL(shadow_stack_active(), 0);
	return 0;
}
