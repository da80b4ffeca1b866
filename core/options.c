/* The command line of restart. */
#include "restart.h"

#define MAX_FD (1 << 20)		/* the kernel's own default */

struct options options;

static unsigned char to_close[MAX_FD / 8];

static const char help[] =
	"usage: restart [OPTION]... IMAGE\n"
	"Goes on with the process that checkpoint() has written to IMAGE.\n"
	"\n"
	"  --info       show what is in the image, and end\n"
	"  --lazy       do not read memory before it is used, nor verify it;\n"
	"               IMAGE must stay as it is while the process runs\n"
	"  --ordered    make the threads one after another\n"
	"  --stop       stop (SIGSTOP) before the first thread is made\n"
	"  --same-pid   with the process id, and the thread ids, of then\n"
	"  --trust      run IMAGE although it is another user's, or others may\n"
	"               write to it; it is a program, and gets all your rights\n"
	"  --close FD   leave this descriptor closed; may be repeated\n"
	"  --close all  leave all those closed that cannot be restored\n"
	"  --help       show this, and end\n"
	"\n"
	"Standard input, output and error are those of this command.\n"
	"Exit status: the process's; 1 if there is none; 2 for wrong usage.\n";

#define misused(f, ...) (put_line(2, format(line, LINE_SIZE, \
	"restart: " f "\n", ##__VA_ARGS__)), exit_group(2))

static _Noreturn void show_help(void)
{
	exit_group(sys(write, 1, help, sizeof help - 1) != sizeof help - 1);
}

static void close_option(const char *fd)
{
	unsigned n = 0;

	options.close_all |= !strcmp(fd, "all");
	if (!strcmp(fd, "all"))
		return;
	for (const char *p = fd; *p || p == fd; p++) {
		n = n * 10 + (unsigned)(*p - '0');
		if (*p < '0' || *p > '9' || n >= MAX_FD)
			misused("--close %s: not a descriptor", fd);
	}
	to_close[n / 8] |= (unsigned char)(1 << n % 8);
}

int is_to_close(unsigned fd)
{
	return fd < MAX_FD && to_close[fd / 8] >> fd % 8 & 1;
}

static int set_flag(const char *name)
{
	static const struct { const char *name; int *flag; } flags[] = {
		{ "--info", &options.info }, { "--lazy", &options.lazy },
		{ "--ordered", &options.ordered }, { "--stop", &options.stop },
		{ "--same-pid", &options.same_pid },
		{ "--trust", &options.trust },
	};

	for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
		if (!strcmp(name, flags[i].name))
			return *flags[i].flag = 1;
	return 0;
}

static void set_path(const char *path)
{
	if (*options.path)
		misused("%s: one image at a time", path);
	format(options.path, sizeof options.path, "%s", path);
	if (!*path)
		misused("an image without a name");
}

void options_read(char **argv)
{
	int only_paths = 0;

	for (argv += !!*argv; *argv; argv++) {
		if (only_paths || **argv != '-')
			set_path(*argv);
		else if (!strcmp(*argv, "--"))
			only_paths = 1;
		else if (!strcmp(*argv, "--help"))
			show_help();
		else if (!strcmp(*argv, "--close") && argv[1])
			close_option(*++argv);
		else if (!strcmp(*argv, "--close"))
			misused("--close: which descriptor?");
		else if (!set_flag(*argv))
			misused("%s: unknown option", *argv);
	}
	if (!*options.path)
		misused("which image?  restart --help tells more");
}
