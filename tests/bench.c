/* Measures forkall() and synccall() beside a bare loop of the same system calls.
 * A figure and its floor are taken in turns, run by run, so that whatever else
 * the machine does meets both, and medians are compared. */
#include "bench.h"

#define RUNS       21			/* an odd number has a middle */
#define RUNS_MIN   20			/* fewer make no median */
#define COUNTS_MAX 16
#define PATIENCE   300000000000L		/* nanoseconds for one set of runs */

enum { LIBRARY, FLOOR, SIDES };
enum { CALL, PAUSE, COPY, SYNCCALL, MEASURES };

int runs = RUNS;
static int first_state = 0, last_state = 1;
static int counts[COUNTS_MAX] = { 1, 16, 256, 1000, 4000 }, count_count = 5;
static int image_counts[COUNTS_MAX] = { 1, 16, 64, 256, 1000 };
static int image_count_count = 5, with_calls = 1, mib_max = 1024;
static const char *directory = ".";
static long samples[MEASURES][SIDES][RUNS_MAX];

/* ---- One run ---------------------------------------------------------------- */

static int copy_once(int side, int run)
{
	struct times t;
	int r = measure_copy(side == FLOOR ? floor_forkall : forkall, &t);

	samples[CALL][side][run] = t.call;
	samples[PAUSE][side][run] = t.pause;
	samples[COPY][side][run] = t.copy;
	return r;
}

static void callback(void *called)
{
	++*(int *)called;
}

static int synccall_once(int side, int run)
{
	int called = 0, r;
	long begin = clock_now();

	r = side == FLOOR ? musl_synccall(callback, &called) :
			    synccall(callback, &called);
	samples[SYNCCALL][side][run] = clock_now() - begin;
	if (r == 0 && called != worker_count + 1)
		r = -EIO;
	sleep_for(1000000);
	return r;
}

/* ---- All runs ---------------------------------------------------------------- */

/* The first pair of runs only shows what one costs.  Returns the runs, 1 if there
 * is no time for more, or an error. */
static int take(int (*once)(int side, int run))
{
	long begin = clock_now();
	int r = 0;

	for (int side = 0; r == 0 && side < SIDES; side++)
		r = once(side, 0);
	if (r == 0 && (clock_now() - begin) * runs > PATIENCE)
		return 1;
	for (int i = 0; r == 0 && i < runs * SIDES; i++)
		r = once((i + i / SIDES) % SIDES, i / SIDES);
	return r < 0 ? r : runs;
}

long median(long *sample, int n)
{
	for (int i = 1; i < n; i++)
		for (int j = i; j > 0 && sample[j - 1] > sample[j]; j--) {
			long t = sample[j];

			sample[j] = sample[j - 1];
			sample[j - 1] = t;
		}
	return sample[n / 2];
}

/* ---- The table ---------------------------------------------------------------- */

static const char heading[] =
	"threads  state     measure              runs  median us   floor us"
	"  ratio  target\n";

static void print_row(int n, int spin, int measure, int taken)
{
	static const char *const names[MEASURES] = {
		"forkall()", "all run again", "all run in the copy",
		"synccall()",
	};
	static const char *const targets[MEASURES] = { "1.25", "", "", "0.50" };
	long us[SIDES], ratio;

	for (int side = 0; side < SIDES; side++)
		us[side] = median(samples[measure][side], taken);
	ratio = 100 * us[LIBRARY] / (us[FLOOR] ? us[FLOOR] : 1);
	for (int side = 0; side < SIDES; side++)
		us[side] = (us[side] + 500) / 1000;
	print("%7d  %-8s  %-19s  ", n, spin ? "spinning" : "waiting",
	      measure == PAUSE && spin ? "longest gap seen" : names[measure]);
	if (taken == 1 && runs > 1)
		print("  one took %d us, and %d us: no median\n",
		      (int)us[LIBRARY], (int)us[FLOOR]);
	else
		print("%4d  %9ld  %9ld  %3ld.%02ld  %s%s\n", taken,
		      us[LIBRARY], us[FLOOR], ratio / 100, ratio % 100,
		      targets[measure], taken < RUNS_MIN ? " few runs" : "");
}

static int complain(const char *object, const char *reason)
{
	eprint("bench: %s: %s\n", object, reason);
	return 2;
}

/* In a process of its own, whose memory goes with it. */
static _Noreturn void measure(int n, int spin)
{
	int r = workers_start(n, spin), taken;

	if (r < 0) {
		eprint("bench: thread %d: error %d\n", worker_count, -r);
		process_exit(1);
	}
	taken = r = take(copy_once);
	for (int m = CALL; r > 0 && m <= COPY; m++)
		print_row(n, spin, m, taken);
	if (r > 0)
		taken = r = take(synccall_once);
	if (r > 0)
		print_row(n, spin, SYNCCALL, taken);
	else
		eprint("bench: %d threads: error %d\n", n, -r);
	process_exit(r < 0);
}

static int measure_apart(int n, int spin)
{
	int pid = fork1(), status = 1;

	if (pid == 0)
		measure(n, spin);
	if (pid > 0)
		system_call(__NR_wait4, pid, &status, __WALL, 0);
	return status != 0;
}

/* ---- Options ------------------------------------------------------------------ */

/* A number from 1 to max, up to a comma or the end; 0: it is none. */
static int parse(const char **s, int max)
{
	long n = 0;

	for (; **s >= '0' && **s <= '9' && n <= max; ++*s)
		n = n * 10 + (**s - '0');
	return n > max || (**s && **s != ',') ? 0 : (int)n;
}

static int parse_counts(const char *s)
{
	for (count_count = 0; count_count < COUNTS_MAX; s++) {
		counts[count_count] = parse(&s, WORKERS_MAX);
		if (!counts[count_count++])
			return -EINVAL;
		if (!*s) {
			memcpy(image_counts, counts, sizeof counts);
			image_count_count = count_count;
			return 0;
		}
	}
	return -E2BIG;
}

static int parse_runs(const char *s)
{
	runs = parse(&s, RUNS_MAX);
	return runs && !*s ? 0 : -EINVAL;
}

static const char help[] =
	"usage: bench [OPTION]...\n"
	"  --threads N,N,...  how many are stopped, besides the caller:"
	" 1,16,256,1000,4000;\n"
	"                     of images 1,16,64,256,1000\n"
	"  --runs N           of each measure and its floor: 21; below 20 is no"
	" measurement;\n"
	"                     of images fewer, if they take long\n"
	"  --quick            3 runs of few threads, to see that it works\n"
	"  --waiting, --spinning  only threads that do\n"
	"  --images-only, --no-images\n"
	"  --directory DIR    where image files are made, and removed: here\n";

static void be_quick(void)
{
	runs = count_count = 3;
	image_count_count = 2;
	mib_max = 0;
}

/* 0, or the exit status of a complaint. */
static int parse_options(char **argv)
{
	for (; *argv; argv++) {
		if (strcmp(*argv, "--quick") == 0) {
			be_quick();
		} else if (strcmp(*argv, "--waiting") == 0) {
			last_state = 0;
		} else if (strcmp(*argv, "--spinning") == 0) {
			first_state = 1;
		} else if (strcmp(*argv, "--images-only") == 0) {
			with_calls = 0;
		} else if (strcmp(*argv, "--no-images") == 0) {
			image_count_count = 0;
		} else if (strcmp(*argv, "--directory") == 0) {
			if (!argv[1])
				return complain("--directory", "which?");
			directory = *++argv;
		} else if (strcmp(*argv, "--threads") == 0) {
			if (!argv[1] || parse_counts(*++argv) < 0)
				return complain("--threads",
						"not numbers from 1 to 30000");
		} else if (strcmp(*argv, "--runs") == 0) {
			if (!argv[1] || parse_runs(*++argv) < 0)
				return complain("--runs",
						"not a number from 1 to 1001");
		} else {
			return complain(*argv, "unknown option");
		}
	}
	return 0;
}

static int measure_calls(void)
{
	int status = 0;

	print("%s", heading);
	for (int spin = first_state; spin <= last_state; spin++)
		for (int i = 0; i < count_count; i++)
			status |= measure_apart(counts[i], spin);
	return status;
}

int main(int argc, char **argv)
{
	int status;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		print("%s", help);
		return 0;
	}
	status = parse_options(argv + 1);
	if (status)
		return status;
	/* What comes from a shell could not be restored, and is not wanted. */
	sys(close_range, 3, ~0U, 0);
	if (with_calls)
		status |= measure_calls();
	if (with_calls && image_count_count)
		print("\n");
	if (image_count_count)
		status |= measure_images(image_counts, image_count_count,
					 directory, mib_max);
	return status;
}
