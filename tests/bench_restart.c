/* Measures how long restart takes until the process of an image runs.  Images are
 * written by a process of its own for each number of threads and amount of
 * memory, which leaves its last one to this one.  This one is small: exec has
 * hardly any memory to give back. */
#include "bench_image.h"
#include <linux/stat.h>
#include <linux/sysinfo.h>

#define RESTART_TIME 2000000000L	/* nanoseconds; then no more turns */

enum { EAGER, LAZY, WAYS };

struct subject subject;

static char restart[PATH_ROOM];
static int child, interrupted;
static volatile long *exec_time;	/* shared with the child */
static long restarted_after[WAYS][RUNS_MAX];

/* Of the kernel: a restarted process's own clock stands at the checkpoint. */
long kernel_now(void)
{
	struct timespec now;

	sys(clock_gettime, CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

int find_image_size(void)
{
	struct statx s;
	int r = (int)sys(statx, AT_FDCWD, subject.image, 0, STATX_SIZE, &s);

	subject.size = (long)s.stx_size;
	return r;
}

/* ---- The table ------------------------------------------------------------------ */

static const char heading[] =
	"threads   MiB      KiB  measure       runs  median us   floor us"
	"  ratio  target\n";

void print_image_row(const char *measure, int n, long *times, long *floors,
		     const char *target)
{
	long time = median(times, n), floor = floors ? median(floors, n) : 0;
	long ratio = floors ? 100 * time / (floor ? floor : 1) : 0;

	print("%7d  %4d  %7ld  %-12s  %4d  %9ld", subject.threads,
	      subject.mib, (subject.size + 1023) / 1024, measure, n, (time + 500) / 1000);
	if (floors)
		print("  %9ld  %3ld.%02ld  %s", (floor + 500) / 1000,
		      ratio / 100, ratio % 100, target);
	print("\n");
}

int complain_image(const char *what, int error)
{
	eprint("bench: image of %d threads, %d MiB: %s:"
	       " error %d\n",
	       subject.threads, subject.mib, what, -error);
	return 1;
}

/* ---- Runs ------------------------------------------------------------------------ */

static void interrupt(int signal)
{
	interrupted = signal;
	if (child > 0)
		sys(kill, child, SIGKILL);
}

static int await_child(void)
{
	int status = -1;

	if (interrupted)
		sys(kill, child, SIGKILL);
	while (sys(wait4, child, &status, __WALL) == -EINTR)
		;
	child = 0;
	return status;
}

static _Noreturn void run_restart(int way, int channel)
{
	char *eager[] = { restart, subject.image, NULL };
	char *lazy[] = { restart, "--lazy", subject.image, NULL };
	char **argv = way == LAZY ? lazy : eager;

	sys(dup3, channel, 1, 0);
	*exec_time = kernel_now();
	sys(execve, restart, argv, &argv[way == LAZY ? 3 : 2]);
	exit_group(1);
}

static int restart_once(int way, int run)
{
	int channel[2], r = (int)sys(pipe2, channel, O_CLOEXEC), status;
	long end = 0, n;

	if (r < 0)
		return r;
	child = fork1();
	if (child == 0)
		run_restart(way, channel[1]);
	sys(close, channel[1]);
	while ((n = sys(read, channel[0], &end, sizeof end)) == -EINTR)
		;
	sys(close, channel[0]);
	status = child > 0 ? await_child() : child;
	restarted_after[way][run] = end - *exec_time;
	return n == sizeof end && status == 0 ? 0 : -ECANCELED;
}

static int measure_restart(void)
{
	long begin = kernel_now();
	int r = find_image_size(), run;

	for (int i = 0; i < WAYS && r == 0; i++)
		r = restart_once(i, 0);
	for (run = 0; run < runs && r == 0; run++) {
		if (run && kernel_now() - begin > RESTART_TIME)
			break;
		for (int i = 0; i < WAYS && r == 0; i++)
			r = restart_once((i + run) % WAYS, run);
	}
	if (r < 0)
		return complain_image("restart", r);
	print_image_row("restart", run, restarted_after[EAGER], NULL, "");
	print_image_row("lazy restart", run, restarted_after[LAZY], NULL, "");
	return 0;
}

/* A writer outlives the process that it writes for, unless it is killed. */
static void tidy_up(void)
{
	char name[PATH_ROOM];
	long pid;

	while ((pid = sys(wait4, -1, NULL, __WALL)) > 0 || pid == -EINTR) {
		image_temporary_name(name, subject.image, (int)pid);
		sys(unlinkat, AT_FDCWD, name, 0);
	}
	sys(unlinkat, AT_FDCWD, subject.image, 0);
	sys(unlinkat, AT_FDCWD, subject.plain, 0);
}

static int measure_one(int can_restart)
{
	struct sysinfo info;
	int status;

	sys(sysinfo, &info);
	if ((info.totalram >> 20) * info.mem_unit < 3UL * (unsigned)subject.mib) {
		print("%7d  %4d  too little memory\n", subject.threads,
		      subject.mib);
		return 0;
	}
	child = fork1();
	if (child == 0)
		write_images();
	status = child < 0 ? complain_image("fork", child) : await_child();
	if (status == 0 && can_restart && !interrupted)
		status = measure_restart();
	tidy_up();
	return status != 0;
}

/* restart is in the directory above this program's. */
static int find_restart(void)
{
	long n = sys(readlinkat, AT_FDCWD, "/proc/self/exe", restart,
		     sizeof restart - 16);

	for (int parts = 0; n > 0 && parts < 2; n--)
		parts += restart[n - 1] == '/';
	format(restart + (n > 0 ? n + 1 : 0), 16, "restart");
	return sys(faccessat, AT_FDCWD, restart, 1 /* X_OK */) == 0;
}

int measure_images(const int *counts, int count, const char *directory,
		   int mib_max)
{
	static const int mibs[] = { 0, 100, 1024 }, signals[] = {
		SIGINT, SIGTERM, SIGHUP,
	};
	int can_restart = find_restart(), pid = (int)sys(getpid), status = 0;

	if (strlen(directory) > PATH_ROOM - 64)
		return complain_image("directory", -ENAMETOOLONG);
	if (!can_restart)
		eprint("bench: no %s: it is not measured\n", restart);
	format(subject.image, PATH_ROOM, "%s/bench.%d.image", directory,
	       pid);
	format(subject.plain, PATH_ROOM, "%s/bench.%d.plain", directory,
	       pid);
	exec_time = (void *)sys(mmap, NULL, page_size, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 3; i++)
		signal_action(signals[i], &(struct signal_action){
			      .handler = interrupt }, NULL);
	sys(prctl, PR_SET_CHILD_SUBREAPER, 1);
	print("%s", heading);
	for (int m = 0; m < 3 && mibs[m] <= mib_max; m++)
		for (int i = 0; i < count && !interrupted; i++) {
			subject.threads = counts[i];
			subject.mib = mibs[m];
			status |= measure_one(can_restart);
		}
	return interrupted ? 128 + interrupted : status;
}
