/* The soak: the program and its options. */
#include "soak.h"
#include <linux/close_range.h>
#include <linux/ipc.h>
#include <linux/mman.h>

static const char help[] =
"usage: soak [OPTION]...\n"
"Does everything that forkall offers at once, for some time, in processes\n"
"that copy themselves, and checks in each that nothing is lost, doubled, late\n"
"or different.  Prints the seed first, and last what was done.  A failure says\n"
"what was wrong and leaves an image of its process; of processes that hang,\n"
"their threads are printed.\n"
"  --seconds N      how long (60)\n"
"  --seed N         of what is chosen at random (the clock); which thread is\n"
"                   first is the machine's choice: one seed is many runs\n"
"  --processes N    about how many at a time (8)\n"
"  --margin MS      by how much a wait may be late, beside what the machine\n"
"                   makes it (2000)\n"
"  --patience N     after how many seconds without life a process hangs (60)\n"
"  --directory DIR  where images are made (/dev/shm, else /tmp)\n"
"Or, instead, how far it goes, and in what time:\n"
"  --forkalls N     N forkalls of 4 threads, each copy ending at once\n"
"  --threads N      one forkall of N threads, all of which answer\n"
"  --generations N  copies of copies, N deep\n"
"  --marks          100000, 10000 and 64 of these\n"
"Exit status: 0, 1 if something was wrong, 2 for wrong usage.\n";

static struct options {
	int seconds, processes, margin, patience;
	int forkalls, threads, generations;
	long seed;
	const char *directory;
} options = {
	.seconds = 60, .processes = 8, .margin = 2000, .patience = 60,
};

static _Noreturn void misused(const char *object, const char *reason)
{
	eprint("soak: %s: %s\n", object, reason);
	process_exit(2);
}

static _Noreturn void die(const char *object, long error)
{
	eprint("soak: %s: error %ld\n", object, -error);
	process_exit(FAILED);
}

static long parse(const char *name, const char *s, long most)
{
	long n = 0;

	if (!s)
		misused(name, "which number?");
	for (; *s >= '0' && *s <= '9' && n <= most / 10; s++)
		n = n * 10 + (*s - '0');
	if (*s || n < 1 || n > most)
		misused(name, "not such a number");
	return n;
}

static int parse_number(const char *name, const char *s)
{
	static const struct { const char *name; int *to; long most; } all[] = {
		{ "--seconds", &options.seconds, 1000000 },
		{ "--processes", &options.processes, SLOTS / 4 },
		{ "--margin", &options.margin, 1000000 },
		{ "--patience", &options.patience, 1000000 },
		{ "--forkalls", &options.forkalls, 100000000 },
		{ "--threads", &options.threads, 30000 },
		{ "--generations", &options.generations, 10000 },
	};

	for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(name, all[i].name) == 0) {
			*all[i].to = (int)parse(name, s, all[i].most);
			return 1;
		}
	return 0;
}

static void parse_options(char **argv)
{
	for (; *argv; argv++) {
		if (strcmp(*argv, "--marks") == 0) {
			options.forkalls = 100000;
			options.threads = 10000;
			options.generations = 64;
		} else if (strcmp(*argv, "--directory") == 0) {
			if (!argv[1] || strlen(argv[1]) > NAME_SIZE / 2)
				misused(*argv, "which?");
			options.directory = *++argv;
		} else if (strcmp(*argv, "--seed") == 0) {
			options.seed = parse(*argv, argv[1], ~0UL >> 1);
			argv++;
		} else if (parse_number(*argv, argv[1])) {
			argv++;
		} else {
			misused(*argv, "unknown option");
		}
	}
}

/* In a folder above this program's. */
static void find_restart(void)
{
	char *path = process.restart;
	long end = system_call(__NR_readlinkat, AT_FDCWD, "/proc/self/exe",
			       path, NAME_SIZE - 16);

	for (int slashes = 0; end > 0 && slashes < 2; end--)
		slashes += path[end - 1] == '/';
	if (end <= 0)
		die("/proc/self/exe", end);
	format(path + end, 16, "/restart");
}

/* System V's: they are the system's, and keep() removes them. */
static void make_queues(void)
{
	board->queue = (int)system_call(__NR_msgget, IPC_PRIVATE, 0600L);
	if (board->queue < 0)
		die("msgget", board->queue);
	board->semaphores = (int)system_call(__NR_semget, IPC_PRIVATE,
					     (long)SEMAPHORES, 0600L);
	if (board->semaphores < 0)
		die("semget", board->semaphores);
}

/* Of a file, so that restarted processes have the same. */
static void make_board(void)
{
	char directory[NAME_SIZE], path[NAME_SIZE + 16];
	long fd, r;

	if (!options.directory)
		options.directory = system_call(__NR_faccessat, AT_FDCWD,
			"/dev/shm", 2 /* W_OK */) ? "/tmp" : "/dev/shm";
	format(directory, sizeof directory, "%s/soak-%d", options.directory,
	       getpid());
	r = system_call(__NR_mkdirat, AT_FDCWD, directory, 0700);
	if (r < 0)
		die(directory, r);
	format(path, sizeof path, "%s/board", directory);
	fd = system_call(__NR_openat, AT_FDCWD, path, O_RDWR | O_CREAT |
			 O_CLOEXEC, 0600);
	r = fd < 0 ? fd : system_call(__NR_ftruncate, fd, sizeof *board);
	if (r == 0)
		r = system_call(__NR_mmap, 0L, sizeof *board, PROT_READ |
				PROT_WRITE, MAP_SHARED, fd, 0L);
	if (r < 0)
		die(path, r);
	system_call(__NR_close, fd);
	board = (struct board *)r;
	format(board->directory, NAME_SIZE, "%s", directory);
	board->most = options.processes;
	board->margin = options.margin * MILLISECOND;
	board->patience = options.patience * SECOND;
	board->seed = (unsigned long)options.seed;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		print("%s", help);
		return 0;
	}
	parse_options(argv + 1);
	/* What comes from a shell could not be restored, and is not wanted. */
	system_call(__NR_close_range, 3, ~0U, 0);
	if (!options.seed)
		options.seed = clock_now() / MILLISECOND + 1;
	if (options.forkalls || options.threads || options.generations)
		return marks(options.forkalls, options.threads,
			     options.generations);
	find_restart();
	make_board();
	make_queues();
	return keep(options.seconds);
}
