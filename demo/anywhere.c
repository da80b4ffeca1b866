/* anywhere: forkall at a random instant, with threads blocked in sleep, poll,
 * read and a futex wait, and one that computes in vector registers.  All go on
 * in both processes as if nothing had happened.  usage: anywhere [SEED] */
#include "forkall.h"
#include <linux/futex.h>

static struct timespec times[2] = { { 0, 200000000 }, { 0, 200000000 } };
static int ends[2], byte;	/* a pipe: the same one in both processes */
static volatile int word;	/* a futex: each process has its own */

/* What a thread calls, and what it gets if nobody disturbs it. */
static struct call { long number, a[3], result; } calls[] = {
	{ __NR_clock_nanosleep, { CLOCK_MONOTONIC, 0, (long)&times[0] }, 0 },
	{ __NR_ppoll, { 0, 0, (long)&times[1] }, 0 },
	{ __NR_read, { 0, (long)&byte, 1 }, 1 },
	{ __NR_futex, { (long)&word, FUTEX_WAIT_PRIVATE, 0 }, 0 },
};

/* This and the next return NULL if they were disturbed. */
static void *block(void *argument)
{
	struct call *c = argument;

	return system_call(c->number, c->a[0], c->a[1], c->a[2], 0L, 0L) ==
	       c->result ? argument : NULL;
}

static void *compute(void *argument)
{
	typedef double vector __attribute__((vector_size(16)));
	vector rounds = { 0 }, a = rounds, b = rounds;

	for (; !word; rounds += 1) {	/* all three stay in registers */
		a += (vector){ 2, 3 };
		b += (vector){ 4, 5 };
	}
	a += b - rounds * (vector){ 6, 8 };
	return a[0] == 0 && a[1] == 0 ? argument : NULL;
}

/* In both processes: lets the threads end; returns how many were disturbed. */
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
	int i, pid, bad, status = 1;
	struct thread *threads[5] = { 0 };

	for (i = 0; argc > 1 && argv[1][i]; i++)
		seed = seed * 10 + argv[1][i] - '0';
	system_call(__NR_pipe2, ends, 0);
	calls[2].a[0] = ends[0];
	for (i = 0; i < 5; i++)
		thread_create(&threads[i], NULL, i < 4 ? block : compute,
			      &calls[i % 4]);
	sleep_for(seed * 2654435761u % 100000000);
	pid = forkall();
	print("seed %u: forkall() returns %d\n", seed, pid);
	bad = finish(pid ? "original" : "copy", threads);
	if (pid > 0)
		system_call(__NR_wait4, pid, &status, 0, 0L);
	return bad || (pid && status);
}
