/* demo: the command line.  One table says all of it: how an option is called,
 * what it may be and what --help tells. */
#include "demo.h"

struct options options = {
	.workers = 4, .width = 720, .height = 480, .frames = 6,
	.every = 150, .kill_at = 75, .output = "mandelbrot.ppm",
};

static const struct option {
	const char *name, *argument;
	int *number, min, max;		/* a number, or ... */
	const char **text;		/* ... a text, or both NULL */
	const char *help;
} table[] = {
	{ "--threads", "N", &options.workers, 1, WORKERS_MAX, NULL,
	  "threads that compute (4); five more do the rest" },
	{ "--width", "N", &options.width, 16, 4096, NULL,
	  "of a frame in pixels (720)" },
	{ "--height", "N", &options.height, 16, 4096, NULL,
	  "of a frame in pixels (480)" },
	{ "--frames", "N", &options.frames, 1, 9, NULL,
	  "steps of the zoom, side by side in the picture (6)" },
	{ "--every", "MS", &options.every, 0, 1000000, NULL,
	  "milliseconds between snapshots (150); 0: only at barriers" },
	{ "--kill", "PERCENT", &options.kill_at, 0, 99, NULL,
	  "how far the job gets before SIGKILL (75); 0: no SIGKILL" },
	{ "--output", "FILE", NULL, 0, 0, &options.output,
	  "the picture (mandelbrot.ppm)" },
	{ "--quiet", "", NULL, 0, 0, NULL, "say nothing but errors" },
	{ "--help", "", NULL, 0, 0, NULL, "show this and exit" },
};

static _Noreturn void help(void)
{
	const struct option *o = table;
	const struct option *end = table + sizeof(table) / sizeof(*table);

	say("usage: demo [OPTION]...\n"
	      "Renders a Mandelbrot zoom with threads, kills the job in the "
	      "middle, resumes it\nfrom its last snapshot, and compares the "
	      "picture with that of an undisturbed run.\n\n");
	for (; o < end; o++)
		say("  %-9s %-8s %s\n", o->name, o->argument, o->help);
	process_exit(screen_error ? fail("standard output", screen_error) : 0);
}

static _Noreturn void refuse(const char *object, const char *reason)
{
	eprint("demo: %s: %s\n", object, reason);
	process_exit(2);
}

/* A number of up to seven digits and nothing else, or -1. */
static int parse_number(const char *text)
{
	int value = 0, digits = 0;

	for (; text[digits] >= '0' && text[digits] <= '9'; digits++) {
		if (digits == 7)
			return -1;
		value = value * 10 + text[digits] - '0';
	}
	return digits && !text[digits] ? value : -1;
}

static void set(const struct option *o, const char *argument)
{
	char reason[64];
	int value;

	if (!argument || !*argument)
		refuse(o->name, "needs an argument");
	if (o->text) {
		*o->text = argument;
		return;
	}
	value = parse_number(argument);
	if (value < o->min || value > o->max) {
		format(reason, sizeof(reason), "must be a number from %d to %d",
		       o->min, o->max);
		refuse(o->name, reason);
	}
	*o->number = value;
}

void options_parse(int argc, char **argv)
{
	const struct option *o, *end = table + sizeof(table) / sizeof(*table);
	int i;

	for (i = 1; i < argc; i++) {
		for (o = table; o < end; o++)
			if (!strcmp(argv[i], o->name))
				break;
		if (o == end)
			refuse(argv[i], argv[i][0] == '-' ?
			       "no such option" : "no argument is expected");
		if (!strcmp(o->name, "--help"))
			help();
		if (*o->argument)	/* argv ends with a NULL */
			set(o, argv[++i]);
		else
			options.quiet = 1;
	}
}
