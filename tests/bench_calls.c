/* Measures forkall(), snapshot() and synccall(). */
#include "bench.h"

#define PATIENCE (10000 * MILLISECOND)	/* nanoseconds for one measure */

static long called[SIDES][RUNS_MAX], paused[SIDES][RUNS_MAX];

static int copy_once(int side, int run)
{
	struct times t = { 0, 0 };
	int r = measure_copy(side == FLOOR ? floor_forkall : forkall, 0, &t);

	called[side][run] = t.call;
	paused[side][run] = t.pause;
	return r;
}

static int snapshot_once(int side, int run)
{
	struct times t = { 0, 0 };
	int r = measure_copy(side == FLOOR ? floor_snapshot : snapshot, 1, &t);

	called[side][run] = t.call;
	return r;
}

static void callback(void *count)
{
	++*(int *)count;
}

static int time_synccall(int (*call)(void (*)(void *), void *), long *time)
{
	long begin = clock_now();
	int count = 0, r = call(callback, &count);

	*time = clock_now() - begin;
	sleep_for(MILLISECOND);
	return r == 0 && count != worker_count + 1 ? -EIO : r;
}

static int synccall_once(int side, int run)
{
	return time_synccall(side == FLOOR ? floor_synccall : synccall,
			     &called[side][run]);
}

static int musl_once(int side, int run)
{
	return time_synccall(side == FLOOR ? musl_synccall : synccall,
			     &called[side][run]);
}

static int measure_call(int measure, int (*once)(int side, int run))
{
	int n = take_turns(once, PATIENCE);

	if (n < 0)
		return n;
	table_add(measure, n, called[LIBRARY], called[FLOOR]);
	if (measure == FORKALL)
		table_add(FORKALL_PAUSE, n, paused[LIBRARY], paused[FLOOR]);
	return 0;
}

int measure_calls(void)
{
	int r = measure_call(FORKALL, copy_once);

	if (r == 0)
		r = measure_call(SNAPSHOT, snapshot_once);
	if (r == 0 && !subject.mib)	/* it touches none */
		r = measure_call(SYNCCALL, synccall_once);
	if (r == 0 && !subject.mib)
		r = measure_call(MUSL_SYNCCALL, musl_once);
	return r;
}
