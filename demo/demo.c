/* demo: a job of many threads is killed with SIGKILL and goes on where its last
 * snapshot was.  Two jobs render the same picture, the first undisturbed, to
 * compare with; the second is the one that is killed.  Start here. */
#include "demo.h"
#include <linux/fcntl.h>
#include <linux/mman.h>

struct board *board;

void *map_pages(size_t size, int flags)
{
	long address = system_call(__NR_mmap, 0L, size,
				   PROT_READ | PROT_WRITE,
				   flags | MAP_ANONYMOUS, -1, 0);

	return address < 0 && address > -4096 ? NULL : (void *)address;
}

/* Shared pixels: the supervisor reads the finished picture there. */
static int run_undisturbed(unsigned char *reference)
{
	struct job job = { .pixels = reference, .fd = -1 };
	int result;

	say("1. An undisturbed run, to compare with: ");
	result = supervise(&job, 0);
	say("\n");
	return result;
}

/* Private pixels: a snapshot has its own, as they were then. */
static int run_disturbed(int fd)
{
	struct job job = { .fd = fd, .snapshots = 1 };

	job.pixels = map_pages(picture_size(), MAP_PRIVATE);
	if (!job.pixels)
		return fail("picture", -ENOMEM);
	if (options.kill_at)
		say("2. The same with snapshots, and SIGKILL at %d %%: ",
		    options.kill_at);
	else
		say("2. The same with snapshots; try kill -KILL: ");
	return supervise(&job, options.kill_at);
}

/* The result of the whole demo.  Only the right picture gets its name. */
static int compare(int fd, const unsigned char *reference)
{
	int equal = file_equals(fd, reference), error;
	long average;

	if (equal < 0)
		return fail(options.output, equal);
	if (!equal) {
		eprint("demo: %s: differs from the undisturbed run\n",
		       options.output);
		return 1;
	}
	error = file_finish();
	if (error)
		return fail(options.output, error);
	say("\n%s is byte for byte the picture of the undisturbed run.\n",
	    options.output);
	if (board->snapshots) {
		average = board->snapshot_time / board->snapshots / 1000;
		say("Snapshots: %d, of %ld.%ld ms each.  No process is left.\n",
		    board->snapshots, average / 1000, average / 100 % 10);
	}
	return 0;
}

static int run_all(int fd)
{
	unsigned char *reference = map_pages(picture_size(), MAP_SHARED);
	int result;

	board = map_pages(sizeof(*board), MAP_SHARED);
	if (!reference || !board)
		return fail("picture", -ENOMEM);
	result = supervise_begin();
	if (!result)
		result = run_undisturbed(reference);
	if (!result)
		result = run_disturbed(fd);
	return result ? result : compare(fd, reference);
}

/* Who starts a program with a closed descriptor must not find its text in the
 * picture. */
static void open_standard_files(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (system_call(__NR_fcntl, fd, F_GETFD) < 0)
			system_call(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR);
}

int main(int argc, char **argv, char **envp)
{
	int fd, result;

	open_standard_files();
	options_parse(argc, argv);
	screen_choose(envp);
	fd = file_create();
	if (fd < 0)
		return fail(options.output, fd);
	say("A Mandelbrot zoom, %d frames of %dx%d, by %d threads\n\n",
	    options.frames, options.width, options.height,
	    options.workers + OTHERS);
	result = run_all(fd);
	if (result)
		file_remove();
	else if (screen_error)
		result = fail("standard output", screen_error);
	return result;
}
