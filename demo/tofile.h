/* tofile: tofile.c tells the story of a job that goes to a file and comes back,
 * longjob.c is that job. */
#ifndef TOFILE_H
#define TOFILE_H

/* What the job is told.  image: where to write an image of itself at half way;
 * NULL: it is asked with ckpt, and writes into the directory. */
struct longjob {
	int seconds;
	const char *directory, *image;
	const char *ckpt, *restart;	/* for hints */
};

/* Runs the job: 0 if its answer is right, and no timed wait early or late. */
int longjob_run(const struct longjob *);

/* How many threads it has, main included. */
extern const int longjob_threads;

#endif
