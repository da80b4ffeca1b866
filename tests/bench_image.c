/* Measures checkpoint(): when it has the image on the disk, and how long it stops
 * the other threads.  Each run begins without the file of the one before, so that
 * none pays for giving its memory back. */
#include "bench.h"
#include <linux/stat.h>

#define PATIENCE (20000 * MILLISECOND)

static long complete[SIDES][RUNS_MAX], paused[SIDES][RUNS_MAX], size;

/* Of the kernel: a restarted process's own clock stands at the checkpoint. */
long kernel_now(void)
{
	struct timespec now;

	sys(clock_gettime, CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

_Noreturn void report_restart(void)
{
	long now = kernel_now();

	sys(write, 1, &now, sizeof now);
	exit_group(0);
}

long image_size(void)
{
	struct statx s;
	long r = sys(statx, AT_FDCWD, image_path, 0, STATX_SIZE, &s);

	return r < 0 ? r : (long)s.stx_size;
}

static int image_once(int side, int run)
{
	long begin;
	int r;

	sys(unlinkat, AT_FDCWD, side == FLOOR ? plain_path : image_path, 0);
	begin = workers_watch();
	r = side == FLOOR ? floor_checkpoint(size) : checkpoint(image_path);
	if (r == 1)
		report_restart();
	complete[side][run] = clock_now() - begin;
	paused[side][run] = workers_ran() - begin;
	sleep_for(MILLISECOND);
	if (r == 0 && side == LIBRARY)
		size = image_size();
	return size < 0 ? (int)size : r;
}

int measure_checkpoint(void)
{
	int n = take_turns(image_once, PATIENCE);

	if (n < 0)
		return n;
	table_add(CHECKPOINT, n, complete[LIBRARY], complete[FLOOR]);
	table_add(CHECKPOINT_PAUSE, n, paused[LIBRARY], paused[FLOOR]);
	return 0;
}
