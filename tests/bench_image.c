/* Measures images: how long checkpoint() stops the other threads, beside
 * forkall(), and when it has the image on the disk, beside a plain loop that
 * writes as many bytes.  Each run begins without the files of the one before, so
 * that none pays for giving their memory back. */
#include "bench_image.h"

#define MIB        (1UL << 20)
#define SOURCE     (16 * MIB)		/* of the plain loop without memory */
#define WRITE_TIME 10000000000L		/* nanoseconds; then no more turns */

enum { IMAGE, PLAIN, COPY, SIDES };		/* COPY is forkall() */

static unsigned long *memory;
static size_t memory_size;		/* whole MiB */
static long complete[SIDES][RUNS_MAX], paused[SIDES][RUNS_MAX];

/* Nothing that a file system could compress.  What only the plain loop reads is
 * left out of copies, and so of the image. */
static int make_memory(void)
{
	unsigned long x = 88172645463325252;

	memory_size = subject.mib ? (size_t)subject.mib * MIB : SOURCE;
	memory = (void *)sys(mmap, NULL, memory_size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if ((unsigned long)memory > -4096UL)
		return (int)(long)memory;
	if (!subject.mib)
		sys(madvise, memory, memory_size, MADV_DONTFORK);
	for (size_t i = 0; i < memory_size / sizeof x; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memory[i] = x;
	}
	return 0;
}

static _Noreturn void report_restart(void)
{
	long now = kernel_now();

	sys(write, 1, &now, sizeof now);
	exit_group(0);
}

static int image_once(int run)
{
	long begin;
	int r;

	sys(unlinkat, AT_FDCWD, subject.image, 0);
	begin = workers_watch();
	r = checkpoint(subject.image);
	if (r == 1)
		report_restart();
	if (r < 0)
		return r;
	complete[IMAGE][run] = clock_now() - begin;
	paused[IMAGE][run] = workers_ran() - begin;
	return find_image_size();
}

static int plain_once(int run)
{
	size_t at, n;
	long begin = clock_now(), r;
	int fd = (int)sys(openat, AT_FDCWD, subject.plain, O_WRONLY | O_CREAT | O_EXCL |
			  O_CLOEXEC, 0600);

	if (fd < 0)
		return fd;
	r = 0;
	for (long done = 0; done < subject.size && r >= 0; done += r) {
		at = (size_t)done % memory_size;
		n = memory_size - at < MIB ? memory_size - at : MIB;
		if (n > (size_t)(subject.size - done))
			n = (size_t)(subject.size - done);
		r = sys(write, fd, (char *)memory + at, n);
	}
	if (r >= 0)
		r = sys(fsync, fd);
	sys(close, fd);
	complete[PLAIN][run] = clock_now() - begin;
	sys(unlinkat, AT_FDCWD, subject.plain, 0);
	return (int)r;
}

static int copy_once(int run)
{
	struct times t;
	int r = measure_copy(forkall, &t);

	paused[COPY][run] = t.pause;
	return r;
}

/* The first turn is not counted.  Returns the number of turns, or an error. */
static int take_turns(void)
{
	static int (*const once[SIDES])(int run) = {
		image_once, plain_once, copy_once,
	};
	long begin = clock_now();
	int r = 0, run;

	for (int side = 0; side < SIDES && r >= 0; side++)
		r = once[side](0);
	for (run = 0; run < runs && r >= 0; run++) {
		if (run && clock_now() - begin > WRITE_TIME)
			break;
		for (int i = 0; i < SIDES && r >= 0; i++) {
			r = once[(i + run) % SIDES](run);
			sleep_for(1000000);
		}
	}
	return r < 0 ? r : run;
}

void write_images(void)
{
	int r = make_memory();

	if (r == 0)
		r = workers_start(subject.threads, 0);
	if (r < 0)
		process_exit(complain_image("preparing", r));
	r = take_turns();
	if (r < 0)
		process_exit(complain_image("writing", r));
	print_image_row("pause", r, paused[IMAGE], paused[COPY], "");
	print_image_row("complete", r, complete[IMAGE], complete[PLAIN],
			subject.mib ? "1.20" : "");
	process_exit(0);
}
