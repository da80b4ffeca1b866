/* demo: the picture.  Frames of a zoom into the Mandelbrot set, each some ten
 * times deeper, side by side.  Workers count steps row by row; only a complete
 * frame can be coloured, because each count gets its colour by its rank in the
 * whole frame.  Nothing depends on who does what when: the same options give
 * the same bytes. */
#include "demo.h"
#include <linux/mman.h>

#define CENTRE_X  -0.743643887037158704752
#define CENTRE_Y   0.131825904205311970493
#define FIRST_WIDTH 3.2
#define ZOOM       11.0
#define INSIDE     -1.0f	/* the count of a point of the set */
#define BINS       4096

static float *counts;		/* of all frames, one after another */

static float *counts_of(int frame)
{
	return counts + (size_t)frame * options.width * options.height;
}

/* The sheet has as many columns as it needs to be no higher than wide. */
int picture_columns(void)
{
	int columns = 1;

	while (columns * columns < options.frames)
		columns++;
	return columns;
}

int picture_lines(void)
{
	return (options.frames - 1) / picture_columns() + 1;
}

size_t picture_size(void)
{
	return (size_t)3 * options.width * picture_columns() *
	       options.height * picture_lines();
}

int picture_begin(void)
{
	size_t pixels = (size_t)options.width * options.height;

	counts = map_pages(pixels * options.frames * sizeof(*counts),
			   MAP_PRIVATE);
	return counts ? 0 : -ENOMEM;
}

/* The binary logarithm of x > 0: the exponent, and a series for the mantissa m:
 * ln(m / r) = 2 (t + t^3/3 + t^5/5 + ...) where r = sqrt(2), t = (m-r)/(m+r) */
static double logarithm(double x)
{
	const double root = 1.41421356237309505;
	union { double number; unsigned long bits; } m = { x };
	int exponent = (int)(m.bits >> 52) - 1023;
	double t, t2;

	m.bits = (m.bits & 0xfffffffffffffUL) | 1023UL << 52;
	t = (m.number - root) / (m.number + root);
	t2 = t * t;
	t *= 1 + t2 * (1 / 3.0 + t2 * (1 / 5.0 + t2 / 7.0));
	return exponent + 0.5 + t * 2.88539008177792681;
}

/* How many steps z = z^2 + c takes to get away, smoothed between integers by
 * how far away it then is. */
static float count_steps(double cx, double cy, int limit)
{
	double x = 0, y = 0, x2 = 0, y2 = 0;
	int n;

	for (n = 0; n < limit; n++) {
		y = 2 * x * y + cy;
		x = x2 - y2 + cx;
		x2 = x * x;
		y2 = y * y;
		if (x2 + y2 > 65536)
			return n + 5 - logarithm(logarithm(x2 + y2));
	}
	return INSIDE;
}

void picture_row(int frame, int row)
{
	float *count = counts_of(frame) + (size_t)row * options.width;
	double step = FIRST_WIDTH / options.width;
	int i, limit = 300 + 500 * frame;

	for (i = 0; i < frame; i++)
		step /= ZOOM;
	for (i = 0; i < options.width; i++)
		count[i] = count_steps(CENTRE_X + (i - options.width / 2) * step,
				       CENTRE_Y + (options.height / 2 - row) *
				       step, limit);
}

/* Where in the palette (0 to 1) a place is, in a ring of six colours. */
static void colour(double place, unsigned char *pixel)
{
	static const unsigned char palette[][3] = {
		{ 9, 10, 60 }, { 28, 90, 190 }, { 230, 248, 255 },
		{ 255, 190, 40 }, { 150, 40, 20 }, { 40, 5, 50 },
		{ 9, 10, 60 },
	};
	double scaled = place * 5.9999;
	int i, low = (int)scaled;

	for (i = 0; i < 3; i++)
		pixel[i] = palette[low][i] + (scaled - low) *
			   (palette[low + 1][i] - palette[low][i]);
}

/* below[b]: the part of the frame's points with a count below bin b.  Returns
 * how many bins a step makes; *least is the smallest count. */
static double rank_counts(const float *count, size_t n, float *below,
			  float *least)
{
	float low = 1e30f, high = 0;
	double scale, outside = 0, sum = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (count[i] == INSIDE)
			continue;
		low = count[i] < low ? count[i] : low;
		high = count[i] > high ? count[i] : high;
	}
	scale = high > low ? (BINS - 1) / (double)(high - low) : 0;
	memset(below, 0, (BINS + 1) * sizeof(*below));
	for (i = 0; i < n; i++)
		if (count[i] != INSIDE) {
			below[1 + (int)((count[i] - low) * scale)]++;
			outside++;
		}
	for (i = 1; i <= BINS; i++)
		below[i] = sum += below[i] / outside;
	*least = low;
	return scale;
}

void picture_colour(int frame, unsigned char *pixels)
{
	static float below[BINS + 1];	/* for the painter thread alone */
	const float *count = counts_of(frame);
	int columns = picture_columns(), x, y, bin;
	float least;
	double scale, place;
	unsigned char *pixel;

	scale = rank_counts(count, (size_t)options.width * options.height,
			    below, &least);
	for (y = 0; y < options.height; y++) {
		pixel = pixels + 3 * (size_t)options.width * (frame % columns +
			columns * (size_t)(frame / columns * options.height + y));
		for (x = 0; x < options.width; x++, pixel += 3, count++) {
			if (*count == INSIDE)
				continue;	/* black */
			place = (*count - least) * scale;
			bin = (int)place;
			place = below[bin] + (place - bin) *
				(below[bin + 1] - below[bin]);
			colour(place > 1 ? 1 : place, pixel);
		}
	}
}
