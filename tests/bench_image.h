/* What bench_image.c, in the process that images are taken of, and bench_restart.c,
 * in one that is small, share. */
#ifndef BENCH_IMAGE_H
#define BENCH_IMAGE_H

#include "bench.h"
#include "writer.h"

/* What is measured: so many waiting threads beside the caller, and MiB of memory.
 * The image has been left behind by write_images(), and has this size. */
struct subject {
	int threads, mib;
	long size;
	char image[PATH_ROOM], plain[PATH_ROOM];
};

extern struct subject subject;

/* Measures checkpoint(), and exits. */
_Noreturn void write_images(void);

long kernel_now(void);
int find_image_size(void);		/* 0 or an error */
void print_image_row(const char *measure, int n, long *times, long *floors,
		     const char *target);
int complain_image(const char *what, int error);	/* exit status */

#endif
