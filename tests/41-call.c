/* Case 41: restartable_call() passes a number and six arguments, and once more
 * when a stop takes the call back.  Hard because the kernel overwrites two of
 * them: one with the result, and the number when it restarts a call itself. */
#include "test.h"
#include "thread.h"

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

/* In a process of its own, which first is stopped and continued: then the kernel
 * has restarted the call under another number, restart_syscall(). */
static void stop_waiter(void)
{
	struct thread *waiter = spawn(wait_for_bits, NULL);

	wait_asleep(thread_tid(waiter));
	CHECK_EQUAL(sys(tgkill, getpid(), getpid(), SIGSTOP), 0);
	for (int i = 0; i < 3; i++) {
		wait_asleep(thread_tid(waiter));
		CHECK_EQUAL(synccall(nothing, NULL), 0);
	}
	wait_asleep(thread_tid(waiter));
	CHECK_EQUAL(sys(futex, &word, FUTEX_WAKE_BITSET_PRIVATE, 1, 0, 0,
			~bits), 0);
	CHECK_EQUAL(sys(futex, &word, FUTEX_WAKE_BITSET_PRIVATE, 1, 0, 0,
			bits), 1);
	thread_join(waiter, NULL);
}

static void check_call_again(void)
{
	int pid = fork1(), status;

	if (pid == 0) {
		stop_waiter();
		process_exit(0);
	}
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, WUNTRACED, 0), pid);
	CHECK_EQUAL(status & 0xff, 0x7f);
	CHECK_EQUAL(sys(kill, pid, SIGCONT), 0);
	reap(pid);
}

int main(void)
{
	check_arguments();
	check_call_again();
	return 0;
}
