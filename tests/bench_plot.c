/* The table of the benchmark as an SVG: a panel for each measure, time over threads,
 * both logarithmic; a colour for each amount of memory, a line for the library and
 * a dashed one for its floor. */
#include "bench.h"

#define COLUMNS 3
#define WIDTH   300			/* of a panel; of what is drawn in it... */
#define HEIGHT  260
#define LEFT    58			/* ...the rest: margins */
#define TOP     34
#define RIGHT   22
#define BOTTOM  42
#define LEGEND  46			/* below all panels */
#define DECADE  1000			/* log10 is counted in thousandths */

static const int panels[] = {
	FORKALL, SNAPSHOT, CHECKPOINT, RESTART, LAZY_RESTART, SYNCCALL,
};
#define PANELS ((int)(sizeof panels / sizeof *panels))

static const char *const titles[MEASURES] = {
	[FORKALL] = "forkall()", [SNAPSHOT] = "snapshot()",
	[CHECKPOINT] = "checkpoint()", [RESTART] = "restart",
	[LAZY_RESTART] = "restart --lazy", [SYNCCALL] = "synccall()",
};

static const char *const colours[] = {
	"#1f6fb4", "#c8452f", "#2f8f4e", "#8a5cb8", "#b8860b", "#3aa6a6",
};
#define COLOURS ((int)(sizeof colours / sizeof *colours))
static const char spinning_colour[] = "#777777";

static struct { int fd, error; } file;
static int x_decades, y_first, y_decades;	/* of all panels */
static int mibs[COLOURS], mib_count;		/* in the order of the colours */

#define draw(...) do { \
	char line_[512]; \
	int n_ = format(line_, sizeof line_, __VA_ARGS__); \
	if (sys(write, file.fd, line_, n_) != n_) \
		file.error = 1; \
} while (0)

/* ---- Scales ------------------------------------------------------------------ */

/* log10 of a number from 1 on, in thousandths: the binary logarithm, bit by bit. */
static int log10_of(long number)
{
	unsigned long x = (unsigned long)number, log = 0;
	int bits = 63 - __builtin_clzl(x);

	x = bits > 30 ? x >> (bits - 30) : x << (30 - bits);	/* 1 is 2^30 */
	for (int i = 0; i < 16; i++) {
		x = x * x >> 30;
		log <<= 1;
		if (x >> 31) {
			x >>= 1;
			log |= 1;
		}
	}
	log |= (unsigned long)bits << 16;
	return (int)((log * 30103 + (50UL << 16)) / (100UL << 16));
}

static long at_least_one(long n)
{
	return n > 0 ? n : 1;
}

static void find_scales(void)
{
	long most = 1, least = -1, longest = 1;

	for (int i = 0; i < table->count; i++) {
		struct row *r = &table->row[i];
		long low = r->time < r->floor ? r->time : r->floor;
		long high = r->time < r->floor ? r->floor : r->time;

		if (r->of.threads > most)
			most = r->of.threads;
		if (high > longest)
			longest = high;
		if (least < 0 || low < least)
			least = low;
	}
	x_decades = (log10_of(most) + DECADE - 1) / DECADE;
	if (!x_decades)
		x_decades = 1;
	y_first = log10_of(at_least_one(least)) / DECADE;
	y_decades = (log10_of(longest) + DECADE) / DECADE - y_first;
}

static int x_of(int threads)
{
	return LEFT + log10_of(threads) * (WIDTH - LEFT - RIGHT) /
		(x_decades * DECADE);
}

static int y_of(long time)
{
	int room = HEIGHT - TOP - BOTTOM;

	return HEIGHT - BOTTOM - (log10_of(at_least_one(time)) -
				  y_first * DECADE) * room / (y_decades * DECADE);
}

/* ---- Panels ------------------------------------------------------------------ */

static void draw_time(int decade, int y)
{
	static const char *const units[] = { "ns", "\xc2\xb5s", "ms", "s" };
	static const int powers[] = { 1, 10, 100 };
	int unit = decade / 3 < 3 ? decade / 3 : 3;
	int number = powers[decade % 3] * (decade >= 12 ? 1000 : 1);

	draw("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%d %s</text>\n",
	     LEFT - 6, y + 4, number, units[unit]);
}

static void draw_axes(int measure)
{
	long n = 1;

	draw("<text x=\"%d\" y=\"%d\" class=\"title\">%s</text>\n", LEFT, TOP - 12,
	     titles[measure]);
	for (int i = 0; i <= x_decades; i++, n *= 10) {
		draw("<path class=\"grid\" d=\"M%d %dV%d\"/>\n", x_of((int)n),
		     TOP, HEIGHT - BOTTOM);
		draw("<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%ld</text>\n",
		     x_of((int)n), HEIGHT - BOTTOM + 16, n);
	}
	draw("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">threads</text>\n",
	     WIDTH - RIGHT, HEIGHT - BOTTOM + 32);
	n = 1;
	for (int i = 0; i < y_first; i++)
		n *= 10;
	for (int i = 0; i <= y_decades; i++, n *= 10) {
		draw("<path class=\"grid\" d=\"M%d %dH%d\"/>\n", LEFT, y_of(n),
		     WIDTH - RIGHT);
		draw_time(y_first + i, y_of(n));
	}
}

static int is_in(const struct row *r, int measure, int mib, int spin)
{
	return r->measure == measure && r->of.mib == mib && r->of.spin == spin;
}

static void draw_line(int measure, int mib, int spin, int side,
		      const char *colour)
{
	char command = 'M';

	draw("<path fill=\"none\" stroke=\"%s\"%s d=\"", colour,
	     side == FLOOR ? " stroke-dasharray=\"4 4\"" : "");
	for (int i = 0; i < table->count; i++) {
		struct row *r = &table->row[i];

		if (!is_in(r, measure, mib, spin))
			continue;
		draw("%c%d %d", command, x_of(r->of.threads),
		     y_of(side == FLOOR ? r->floor : r->time));
		command = 'L';
	}
	draw("\"/>\n");
}

static void draw_series(int measure, int mib, int spin, const char *colour)
{
	draw_line(measure, mib, spin, FLOOR, colour);
	draw_line(measure, mib, spin, LIBRARY, colour);
	for (int i = 0; i < table->count; i++) {
		struct row *r = &table->row[i];

		if (is_in(r, measure, mib, spin))
			draw("<circle cx=\"%d\" cy=\"%d\" r=\"2.5\" fill=\"%s\"/>\n",
			     x_of(r->of.threads), y_of(r->time), colour);
	}
}

static void draw_panel(int number, int measure)
{
	draw("<g transform=\"translate(%d %d)\">\n", number % COLUMNS * WIDTH,
	     number / COLUMNS * HEIGHT);
	draw_axes(measure);
	for (int i = 0; i < mib_count; i++)
		draw_series(measure, mibs[i], 0, colours[i]);
	draw_series(measure, 0, 1, spinning_colour);
	draw("</g>\n");
}

/* ---- The whole ---------------------------------------------------------------- */

static void find_mibs(void)
{
	mib_count = 0;
	for (int i = 0; i < table->count; i++) {
		int mib = table->row[i].of.mib, k = 0;

		while (k < mib_count && mibs[k] != mib)
			k++;
		if (k == mib_count && mib_count < COLOURS)
			mibs[mib_count++] = mib;
	}
}

static void draw_key(int x, const char *colour, const char *dashes,
		     const char *text)
{
	int y = (PANELS + COLUMNS - 1) / COLUMNS * HEIGHT + LEGEND / 2;

	draw("<path fill=\"none\" stroke=\"%s\"%s d=\"M%d %dh28\"/>\n", colour,
	     dashes, x, y);
	draw("<text x=\"%d\" y=\"%d\">%s</text>\n", x + 34, y + 4, text);
}

static void draw_legend(void)
{
	char text[32];
	int x = LEFT;

	for (int i = 0; i < mib_count; i++, x += 110) {
		format(text, sizeof text, "%d MiB", mibs[i]);
		draw_key(x, colours[i], "", text);
	}
	draw_key(x, spinning_colour, "", "threads spin");
	draw_key(x + 140, "#000", " stroke-dasharray=\"4 4\"",
		 "dashed: the system calls alone");
}

int plot(const char *path)
{
	int rows = (PANELS + COLUMNS - 1) / COLUMNS;

	file.error = 0;
	file.fd = (int)sys(openat, AT_FDCWD, path,
			   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (file.fd < 0)
		return file.fd;
	find_scales();
	find_mibs();
	draw("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
	     "height=\"%d\">\n", COLUMNS * WIDTH, rows * HEIGHT + LEGEND);
	draw("<style>text { font: 12px sans-serif } .title { font-weight: bold; "
	     "font-size: 14px } .grid { stroke: #ddd }</style>\n"
	     "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n");
	for (int i = 0; i < PANELS; i++)
		draw_panel(i, panels[i]);
	draw_legend();
	draw("</svg>\n");
	sys(close, file.fd);
	if (file.error)
		return -EIO;
	print("plot: %s\n", path);
	return 0;
}
