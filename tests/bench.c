/* Measures forkall(), snapshot(), checkpoint(), restart and synccall(), each beside
 * a bare loop of the same system calls: one table, and a plot of it.  Each subject,
 * so many threads and so much memory, is a process of its own, whose memory goes
 * with it. */
#include "bench.h"
#include <linux/sysinfo.h>

#define COUNTS_MAX 16

struct subject subject;
int runs = 21;				/* an odd number has a middle */
unsigned long *memory;
char image_path[PATH_ROOM], plain_path[PATH_ROOM];

static int counts[COUNTS_MAX] = { 1, 16, 256, 1000, 4000 }, count_count = 5;
static int mibs[COUNTS_MAX] = { 0, 100, 1024 }, mib_count = 3;
static int first_state = 0, last_state = 1, with_images = 1;
static const char *directory = ".", *svg;
static int child, interrupted;

/* ---- One subject ------------------------------------------------------------- */

int take_turns(int (*once)(int side, int run), long patience)
{
	long begin = clock_now();
	int r = 0, run = 0;

	for (int side = 0; side < SIDES && r >= 0; side++)
		r = once(side, 0);
	do {
		for (int i = 0; i < SIDES && r >= 0; i++)
			r = once((i + run) % SIDES, run);
		run++;
	} while (r >= 0 && run < runs && clock_now() - begin < patience);
	return r < 0 ? r : run;
}

/* Nothing that a file system could compress. */
static int make_memory(void)
{
	size_t size = (size_t)subject.mib * MIB;
	unsigned long x = 88172645463325252;

	if (!size)
		return 0;
	memory = (void *)sys(mmap, NULL, size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if ((unsigned long)memory > -4096UL)
		return (int)(long)memory;
	for (size_t i = 0; i < size / sizeof x; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memory[i] = x;
	}
	return 0;
}

static _Noreturn void measure(void)
{
	int r = make_memory();

	if (r == 0)
		r = workers_start();
	if (r < 0)
		process_exit(complain_error("preparing", r));
	r = measure_calls();
	if (r == 0 && with_images && !subject.spin)
		r = measure_checkpoint();
	process_exit(r < 0 ? complain_error("measuring", r) : 0);
}

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

/* A writer outlives the process that it writes for, unless it is killed. */
static void tidy_up(void)
{
	char name[PATH_ROOM];
	long pid;

	while ((pid = sys(wait4, -1, NULL, __WALL)) > 0 || pid == -EINTR) {
		image_temporary_name(name, image_path, (int)pid);
		sys(unlinkat, AT_FDCWD, name, 0);
	}
	sys(unlinkat, AT_FDCWD, image_path, 0);
	sys(unlinkat, AT_FDCWD, plain_path, 0);
}

static int measure_apart(void)
{
	struct sysinfo info;
	int status;

	sys(sysinfo, &info);
	if ((info.totalram >> 20) * info.mem_unit < 3UL * (unsigned)subject.mib) {
		print("%7d  %-8s  %4d  too little memory\n", subject.threads,
		      "waiting", subject.mib);
		return 0;
	}
	child = fork1();
	if (child == 0)
		measure();
	status = child < 0 ? complain_error("fork", child) : await_child();
	if (status == 0 && with_images && !subject.spin && !interrupted)
		status = measure_restart();
	tidy_up();
	return status != 0;
}

/* Memory tells nothing more of spinning threads: what differs is the stop. */
static int measure_all(void)
{
	int status = 0;

	for (int spin = first_state; spin <= last_state; spin++)
		for (int m = 0; m < (spin ? 1 : mib_count); m++)
			for (int i = 0; i < count_count && !interrupted; i++) {
				subject = (struct subject){
					counts[i], spin, mibs[m]
				};
				status |= measure_apart();
			}
	return status;
}

/* ---- Options ------------------------------------------------------------------ */

/* Numbers from min to max with commas between them: how many, or 0. */
static int parse_list(const char *s, int *list, int min, int max)
{
	for (int count = 0; s && count < COUNTS_MAX; s++) {
		long n = 0;
		const char *begin = s;

		for (; *s >= '0' && *s <= '9' && n <= max; s++)
			n = n * 10 + (*s - '0');
		if (s == begin || n < min || n > max || (*s && *s != ','))
			return 0;
		list[count++] = (int)n;
		if (!*s)
			return count;
	}
	return 0;
}

static const char help[] =
	"usage: bench [OPTION]...\n"
	"  --threads N,N,...  how many are stopped, besides the caller:"
	" 1,16,256,1000,4000\n"
	"  --mib N,N,...      how much memory they have: 0,100,1024\n"
	"  --runs N           of each measure and its floor: 21, fewer if they take"
	" long\n"
	"  --quick            3 runs of few threads, to see that it works\n"
	"  --waiting, --spinning  only threads that do\n"
	"  --no-images        neither checkpoint() nor restart\n"
	"  --directory DIR    where images are made, and removed: here\n"
	"  --svg FILE         draws a plot\n";

static void be_quick(void)
{
	runs = count_count = 3;
	mib_count = 1;
}

static const char *wrong_value(const char *option, const char *value)
{
	if (strcmp(option, "--threads") == 0) {
		count_count = parse_list(value, counts, 1, WORKERS_MAX);
		return count_count ? NULL : "not numbers from 1 to 30000";
	}
	if (strcmp(option, "--mib") == 0) {
		mib_count = parse_list(value, mibs, 0, 1 << 20);
		return mib_count ? NULL : "not numbers from 0 to 1048576";
	}
	if (strcmp(option, "--runs") == 0) {
		if (parse_list(value, &runs, 1, RUNS_MAX) != 1)
			return "not a number from 1 to 1001";
	} else if (strcmp(option, "--directory") == 0) {
		directory = value;
	} else if (strcmp(option, "--svg") == 0) {
		svg = value;
	} else {
		return "unknown option";
	}
	return value ? NULL : "which?";
}

static int parse_options(char **argv)
{
	const char *wrong;

	for (; *argv; argv++) {
		if (strcmp(*argv, "--quick") == 0) {
			be_quick();
		} else if (strcmp(*argv, "--waiting") == 0) {
			last_state = 0;
		} else if (strcmp(*argv, "--spinning") == 0) {
			first_state = 1;
		} else if (strcmp(*argv, "--no-images") == 0) {
			with_images = 0;
		} else {
			wrong = wrong_value(*argv, argv[1]);
			if (wrong)
				return complain(*argv, wrong);
			argv++;
		}
	}
	return strlen(directory) > PATH_ROOM - 64 ?
		complain("--directory", "is too long") : 0;
}

static void begin(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	int pid = (int)sys(getpid);

	/* What comes from a shell could not be restored, and is not wanted. */
	sys(close_range, 3, ~0U, 0);
	format(image_path, PATH_ROOM, "%s/bench.%d.image", directory, pid);
	format(plain_path, PATH_ROOM, "%s/bench.%d.plain", directory, pid);
	for (int i = 0; i < 3; i++)
		signal_action(signals[i], &(struct signal_action){
			      .handler = interrupt }, NULL);
	sys(prctl, PR_SET_CHILD_SUBREAPER, 1);
}

int main(int argc, char **argv)
{
	int status, r;

	if (argc == 4 && strcmp(argv[1], "--bare-restart") == 0)
		floor_restart(argv[2], argv[3]);
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		print("%s", help);
		return 0;
	}
	if (parse_options(argv + 1))
		return 2;
	begin();
	r = table_begin();
	if (r < 0)
		return complain_error("table", r);
	status = measure_all();
	r = svg && !interrupted ? plot(svg) : 0;
	if (r < 0)
		return complain(svg, "cannot be written");
	return interrupted ? 128 + interrupted : status;
}
