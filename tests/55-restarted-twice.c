/* Case 55: two processes restarted from one image, one eagerly, one lazily, come
 * to the same results, after the original was killed.  The threads compute with
 * what they have in registers and on stacks; the results go through standard
 * output, which is restart's: a pipe. */
#include "restart.h"
#include "crew.h"

#define THREADS 8

struct results {
	long sums[THREADS];
	int ids[THREADS];
	long now;			/* program time, less that of the image */
};

static int ready, go;
static long taken;

/* All the time the same sequence; where it stands is in registers. */
static void *compute(void *number)
{
	unsigned long random = (unsigned long)number * 7919 + 1;
	double sum = 0;

	add(&ready, 1);
	while (!load(&go))
		;
	for (int i = 0; i < 100000; i++)
		sum += 1.0 / (1 + random_next(&random) % 1000);
	return (void *)(long)(sum * 1000);
}

static void report(struct thread **threads)
{
	struct results r;
	void *sum;

	memset(&r, 0, sizeof r);
	r.now = clock_now() - taken < 1000000000L;
	store(&go, 1);
	for (int i = 0; i < THREADS; i++) {
		r.ids[i] = thread_id(threads[i]);
		CHECK_EQUAL(thread_join(threads[i], &sum), 0);
		r.sums[i] = (long)sum;
	}
	CHECK_EQUAL(system_call(__NR_write, 1, &r, sizeof r), sizeof r);
	process_exit(0);
}

/* Says when its image is there, and waits for the end. */
static _Noreturn void original(const int ends[2])
{
	struct thread *threads[THREADS];
	int r;

	CHECK_EQUAL(system_call(__NR_dup3, ends[1], 1, 0), 1);
	system_call(__NR_close_range, 3, ~0U, 0);
	for (long i = 0; i < THREADS; i++)
		threads[i] = spawn(compute, (void *)i);
	while (load(&ready) < THREADS)
		system_call(__NR_sched_yield);
	taken = clock_now();
	r = checkpoint(image_path);
	if (r == 1)
		report(threads);
	CHECK_EQUAL(r, 0);
	CHECK_EQUAL(system_call(__NR_write, 1, "x", 1), 1);
	store(&go, 1);
	for (;;)
		sleep_for(1000000000);
}

static struct results restarted(const int ends[2], const char *option)
{
	struct results r;
	int pid = fork1();

	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK_EQUAL(system_call(__NR_dup3, ends[1], 1, 0), 1);
		run_tool("restart", option, image_path, NULL, NULL);
	}
	CHECK_EQUAL(system_call(__NR_read, ends[0], &r, sizeof r), sizeof r);
	reap(pid);
	return r;
}

int main(void)
{
	int ends[2], pid, status;
	struct results eager, lazy;

	images_begin();
	open_pipe(ends);
	pid = fork1();
	CHECK(pid >= 0);
	if (pid == 0)
		original(ends);
	hear(ends);
	CHECK_EQUAL(system_call(__NR_kill, pid, SIGKILL), 0);
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, 0, NULL), pid);
	eager = restarted(ends, "--");
	lazy = restarted(ends, "--lazy");
	CHECK_EQUAL(memcmp(&eager, &lazy, sizeof eager), 0);
	CHECK_EQUAL(eager.ids[THREADS - 1], THREADS);
	CHECK_EQUAL(eager.now, 1);
	images_end();
	return 0;
}
