/* demo: what the user sees: progress bars that are drawn over each other on a
 * terminal, or a plain line now and then in a pipe; the table of threads; and
 * errors.  Only the supervisor writes here, errors excepted. */
#include "demo.h"
#include <asm/ioctls.h>
#include <asm/termios.h>

#define PLAIN_STEP 20		/* percent between two plain lines */
#define NARROWEST  64		/* columns for the bars and the line below */

static struct winsize window;	/* all 0: plain lines */
static int dumb;		/* a terminal without escape sequences */
static int drawn;		/* lines of bars above the cursor */
int screen_error;
static int next_plain;		/* percent of the next plain line */

/* A whole picture of the bars, written at once so that it does not flicker. */
static char text[16384];
static size_t length;

#define add(...) (length += format(text + length, sizeof(text) - length, \
				   __VA_ARGS__))

static void flush(void)
{
	screen_wrote(system_call(__NR_write, 1, text, length));
	length = 0;
}

void screen_wrote(long result)
{
	if (result < 0 && result != -EINTR && !screen_error)
		screen_error = result;
}

static int percent(int part, int whole)
{
	return whole ? (long)part * 100 / whole : 100;
}

int percent_of(const _Atomic int *rows)
{
	int i, sum = 0;

	for (i = 0; i < options.workers; i++)
		sum += rows[i];
	return percent(sum, options.height * options.frames);
}

int fail(const char *object, int error)
{
	static const struct { int error; const char *reason; } reasons[] = {
		{ EPERM, "not permitted" }, { ENOENT, "no such directory" },
		{ EIO, "input or output error" }, { EAGAIN, "a limit is reached" },
		{ ENOMEM, "no memory" }, { EACCES, "permission denied" },
		{ ENOTDIR, "not in a directory" }, { EISDIR, "a directory" },
		{ ENOSPC, "no space left" }, { EEXIST, "exists, and is not a file" },
		{ ENAMETOOLONG, "name too long" }, { ETIMEDOUT, "timed out" },
		{ ESRCH, "no such snapshot" }, { EMFILE, "too many open files" },
	};
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].error == -error) {
			eprint("demo: %s: %s\n", object, reasons[i].reason);
			return 1;
		}
	eprint("demo: %s: error %d\n", object, -error);
	return 1;
}

void screen_choose(char **envp)
{
	for (; *envp; envp++)
		if (!strcmp(*envp, "TERM=dumb"))
			dumb = 1;
}

void screen_begin(void)
{
	drawn = 0;
	next_plain = PLAIN_STEP;
	if (system_call(__NR_ioctl, 1, TIOCGWINSZ, &window) || dumb ||
	    window.ws_col < NARROWEST)
		memset(&window, 0, sizeof(window));
	while (next_plain <= percent_of(board->saved))
		next_plain += PLAIN_STEP;
}

/* A piece of a bar in an ANSI colour. */
static void add_piece(int colour, char mark, int n)
{
	add("\033[%dm", colour);
	while (n-- > 0)
		add("%c", mark);
}

/* Green # are the rows that the last snapshot has; yellow + would be lost. */
static void add_bar(int worker, int width)
{
	int all = rows_of(worker), done = board->done[worker];
	int saved = board->saved[worker], end, green;

	if (saved > done)		/* just being written */
		saved = done;
	end = all ? (long)width * done / all : width;
	green = all ? (long)width * saved / all : 0;
	add("worker %-2d ", worker + 1);
	add_piece(32, '#', green);
	add_piece(33, '+', end - green);
	add_piece(90, '.', width - end);
	add("\033[0m%4d %%\033[K\n", percent(done, all));
}

static void draw_bars(void)
{
	int i, width, shown = options.workers;

	width = window.ws_col - 17;
	if (window.ws_row && shown > window.ws_row - 3)
		shown = window.ws_row - 3;
	if (width > 200)
		width = 200;
	if (drawn)
		add("\033[%dA\r", drawn);
	for (i = 0; i < shown; i++)
		add_bar(i, width);
	add("%3d %%, snapshots: %d", percent_of(board->done), board->snapshots);
	if (board->snapshot)
		add(", the last one sleeps as pid %d", board->snapshot);
	add("\033[K\n");
	drawn = shown + 1;
	flush();
}

static void draw_plain(void)
{
	int i, now = percent_of(board->done);

	if (now < next_plain)
		return;
	while (next_plain <= now)
		next_plain += PLAIN_STEP;
	add("%3d %%, snapshots: %d, each worker:", now, board->snapshots);
	for (i = 0; i < options.workers; i++)
		add(" %d", percent(board->done[i], rows_of(i)));
	add(" %%\n");
	flush();
}

void screen_progress(void)
{
	if (options.quiet)
		return;
	if (window.ws_col)
		draw_bars();
	else
		draw_plain();
}

static void place(char *buffer, size_t size, const struct report *r)
{
	if (r->row != NONE)
		format(buffer, size, "frame %d, row %d", r->frame + 1, r->row);
	else if (r->frame != NONE)
		format(buffer, size, "frame %d", r->frame + 1);
	else
		format(buffer, size, "-");
}

void screen_table(void)
{
	const struct report *r = board->report;
	char from[32];

	say("thread                 tid  new tid  where it was             "
	    "goes on from\n");
	for (; r < board->report + THREADS_MAX; r++) {
		if (!r->doing)		/* had not begun */
			continue;
		place(from, sizeof(from), r);
		say("%2d  %-15s %7d  %7d  %-23s  %s\n", r->id, r->name,
		    r->tid_before, r->tid_after, r->doing, from);
	}
	say("\n");
}
