/* anywhere [SEED]: forkall at a random instant, with threads blocked in sleep,
 * poll, read and a futex wait, and one that computes in vector registers.  All
 * go on in both processes as if nothing had happened. */
#include "forkall.h"
#include <linux/futex.h>

static struct timespec times[2] = { { 0, 200000000 }, { 0, 200000000 } };
static int ends[2], byte;	/* a pipe: the same one in both processes */
static volatile int word;	/* a futex: each process has its own */

/* What a thread calls, and gets undisturbed; if disturbed, it returns NULL. */
static struct call { long number, a[3], result; } calls[] = {
	{ __NR_clock_nanosleep, { CLOCK_MONOTONIC, 0, (long)&times[0] }, 0 },
	{ __NR_ppoll, { 0, 0, (long)&times[1] }, 0 },
	{ __NR_read, { 0, (long)&byte, 1 }, 1 },
	{ __NR_futex, { (long)&word, FUTEX_WAIT_PRIVATE, 0 }, 0 },
};

static void *block(void *argument)
{
	struct call *c = argument;
	long r = system_call(c->number, c->a[0], c->a[1], c->a[2], 0L, 0L);

	return r == c->result ? argument : NULL;
}

static void *compute(void *argument)
{
	double __attribute__((vector_size(16))) rounds = { 0 }, a = { 0 }, b = a;

	for (; !word; rounds += 1) {	/* all three stay in registers */
		a += 2;
		b += 4;
	}
	a += b - rounds * 6;
	return a[0] == 0 && a[1] == 0 ? argument : NULL;
}

/* Lets the threads end, in both processes; returns how many were disturbed. */
static int finish(const char *who, struct thread **threads)
{
	void *good;
	int i, bad = 0;

	for (i = 0; i < 5; i++) {
		if (i == 2) {		/* those that end by themselves have */
			word = 1;
			system_call(__NR_futex, &word, FUTEX_WAKE_PRIVATE, 1);
			system_call(__NR_write, ends[1], "!", 1);
		}
		bad += thread_join(threads[i], &good) || !good;
	}
	print("%s: %d of 5 threads went on undisturbed\n", who, 5 - bad);
	return bad;
}

int main(int argc, char **argv)
{
	unsigned seed = argc > 1 ? 0 : clock_now() / 1000 % 1000000;
	int i, pid, bad, status;
	struct thread *threads[5] = { 0 };

	for (i = 0; argc > 1 && argv[1][i] >= '0' && argv[1][i] <= '9'; i++)
		seed = seed * 10 + argv[1][i] - '0';
	if (argc > 2 || (argc > 1 && argv[1][i]))
		return eprint("anywhere: %s: not a number\n", argv[1]) ? 2 : 0;
	status = (int)system_call(__NR_pipe2, ends, 0);
	calls[2].a[0] = ends[0];
	for (i = 0; i < 5 && !status; i++)
		status = thread_create(&threads[i], NULL,
				       i < 4 ? block : compute, &calls[i % 4]);
	sleep_for(seed * 2654435761u % 100000000);
	pid = status ? status : forkall();
	print("seed %u: forkall() returns %d\n", seed, pid);
	bad = finish(pid ? "original" : "copy", threads);
	if (pid > 0)
		system_call(__NR_wait4, pid, &status, 0, 0L);
	return bad || pid < 0 || status;
}
