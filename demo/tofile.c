/* tofile: a job with threads in all kinds of waits is written to a file, is
 * killed, and goes on from that file in another process -- twice, for the file
 * stays.  With --job it is only the job, to play with.  Start here. */
#include "tofile.h"
#include "tools.h"
#include <linux/fcntl.h>

#define AT_IMAGE 30		/* percent of the job */
#define AT_KILL  50

static struct {
	int is_job;
	int seconds;			/* 0: not said */
	const char *directory, *image;
} options;

static const char help[] =
	"usage: tofile [OPTION]...\n"
	"A job of many threads is written to a file, killed with SIGKILL, "
	"and goes on\nfrom the file, twice.  Each time its answer must be "
	"right.\n\n"
	"  --seconds N      how long the job takes (3; with --job 20)\n"
	"  --directory DIR  where the image is made, and stays "
	"(a temporary one;\n                   with --job the current one)\n"
	"  --job            only the job: it says what you can do with it\n"
	"  --image FILE     only the job, which writes its image to FILE at "
	"half way\n"
	"  --help           show this and exit\n";

/* ---- The command line ------------------------------------------------ */

static _Noreturn void refuse(const char *object, const char *reason)
{
	eprint("tofile: %s: %s\n", object, reason);
	process_exit(2);
}

static const char *argument_of(char **argv)
{
	if (!argv[1] || !*argv[1])
		refuse(*argv, "needs an argument");
	return argv[1];
}

static int seconds_of(const char *text)
{
	int n = number_parse(text);

	if (n < 1 || n > 86400)
		refuse(text, "must be a number from 1 to 86400");
	return n;
}

static void parse(char **argv)
{
	for (argv += !!*argv; *argv; argv++) {
		if (!strcmp(*argv, "--help")) {
			process_exit(print("%s", help) < 0);
		} else if (!strcmp(*argv, "--job")) {
			options.is_job = 1;
		} else if (!strcmp(*argv, "--seconds")) {
			options.seconds = seconds_of(argument_of(argv++));
		} else if (!strcmp(*argv, "--directory")) {
			options.directory = argument_of(argv++);
		} else if (!strcmp(*argv, "--image")) {
			options.image = argument_of(argv++);
			options.is_job = 1;
		} else {
			refuse(*argv, **argv == '-' ? "no such option" :
			       "no argument is expected");
		}
	}
	if (!options.seconds)
		options.seconds = options.is_job ? 20 : 3;
}

/* ---- The story ------------------------------------------------------- */

static char image[PATH_ROOM];		/* as ckpt says */

/* Shows what a program says, until it says so many percent (1), or nothing
 * more (0).  The last line remains. */
static int show_until(int lines, int percent, char *line, size_t size)
{
	const char *digits;
	int n;

	while (line_read(lines, line, size)) {
		print("     %s\n", line);
		for (digits = line; *digits == ' '; digits++)
			;
		for (n = 0; *digits >= '0' && *digits <= '9'; digits++)
			n = n * 10 + *digits - '0';
		if (n >= percent && *digits == ' ')
			return 1;
	}
	return 0;
}

static int run_ckpt(int pid, char **envp)
{
	char number[16], *argv[] = { tool_ckpt, number, NULL };
	int lines, ckpt, status;

	format(number, sizeof(number), "%d", pid);
	ckpt = program_start(argv, envp, &lines);
	if (ckpt < 0)
		return complain("ckpt", ckpt);
	line_read(lines, image, sizeof(image));
	system_call(__NR_close, lines);
	status = child_wait(ckpt);
	if (!status)
		print("     %s\n", image);
	return status;
}

static int ended_early(void)
{
	eprint("tofile: job: ended before it was killed\n");
	return 1;
}

/* The job, until it has been killed.  It does not end by itself meanwhile. */
static int first_part(char **envp)
{
	char seconds[16], line[256], *argv[] = {
		tool_self, "--job", "--seconds", seconds, "--directory", place,
		NULL
	};
	int lines, pid;

	format(seconds, sizeof(seconds), "%d", options.seconds);
	print("1. A job of %d threads is started: tofile --job\n",
	      longjob_threads);
	pid = program_start(argv, envp, &lines);
	if (pid < 0)
		return complain("job", pid);
	if (!show_until(lines, AT_IMAGE, line, sizeof(line)))
		return ended_early();
	print("2. It is asked for an image of itself, and goes on: ckpt %d\n",
	      pid);
	if (run_ckpt(pid, envp))
		return 1;
	if (!show_until(lines, AT_KILL, line, sizeof(line)))
		return ended_early();
	print("3. It is killed: kill -KILL %d\n", pid);
	system_call(__NR_kill, pid, SIGKILL);
	show_until(lines, 101, line, sizeof(line));
	system_call(__NR_close, lines);
	return child_wait(pid) == 128 + SIGKILL ? 0 : ended_early();
}

/* From the image to the end.  Returns 0 if the answer was right. */
static int second_part(char **envp)
{
	char line[256], *argv[] = { tool_restart, image, NULL };
	int lines, pid, status;

	pid = program_start(argv, envp, &lines);
	if (pid < 0)
		return complain("restart", pid);
	show_until(lines, 101, line, sizeof(line));
	system_call(__NR_close, lines);
	status = child_wait(pid);
	return status || memcmp(line, "right", 5);
}

static int tell(char **envp)
{
	int bad = first_part(envp);

	if (bad)
		return bad;
	print("4. It goes on where it was: restart IMAGE\n");
	bad = second_part(envp);
	print("5. The image is still there: restart IMAGE, once more\n");
	bad |= second_part(envp);
	if (bad)
		print("That was not as it should be.\n");
	else
		print("Both have the right answer.  No process is left.\n");
	return bad;
}

int main(int argc, char **argv, char **envp)
{
	struct longjob job;
	int result;

	(void)argc;
	parse(argv);
	if (options.is_job && !options.directory)
		options.directory = ".";
	if (tools_begin("tofile", options.directory, envp))
		return 1;
	if (!options.is_job) {
		result = tell(envp);
		place_remove();
		return result;
	}
	job = (struct longjob){
		.seconds = options.seconds, .directory = options.directory,
		.image = options.image, .ckpt = tool_ckpt,
		.restart = tool_restart,
	};
	return longjob_run(&job);
}
