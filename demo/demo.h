/* demo: what its files share.  Three kinds of process matter: the supervisor
 * (demo.c, supervise.c, screen.c), the job that it starts and kills (job.c,
 * note.c, picture.c), and the dormant snapshots of that job.  The board is the
 * only memory they share; all else of the job is private, so that a snapshot
 * carries it. */
#ifndef DEMO_H
#define DEMO_H

#include "forkall.h"
#include <stdatomic.h>

#define WORKERS_MAX 64
#define OTHERS      5		/* main, painter, clock, meter, lifeline */
#define THREADS_MAX (WORKERS_MAX + OTHERS)

/* ---- The command line (options.c) --------------------------------------- */

struct options {
	int workers;
	int width, height, frames;	/* of the picture; a frame's pixels */
	int every;			/* ms between snapshots; 0: none */
	int kill_at;			/* percent; 0: not at all */
	const char *output;
	int quiet;
};

extern struct options options;

/* Fills options, or ends the program: --help with 0, a mistake with 2. */
void options_parse(int argc, char **argv);

/* ---- The board ----------------------------------------------------------- */

#define NONE (-1)

/* What a thread says of itself when it finds itself in a new process.  The
 * string is a literal: at the same address in all processes of the demo. */
struct report {
	int id, tid_before, tid_after;
	char name[16];
	const char *doing;
	int frame, row;			/* or NONE */
};

/* Mapped shared by the supervisor: a resumed job finds here what is, not what
 * was.  That is why the pid of the last snapshot is kept here. */
struct board {
	/* Written by the supervisor, before it resumes the job. */
	_Atomic int generation;		/* how often the job was resumed */

	/* Written by the job, in whichever process it runs. */
	_Atomic int snapshot;		/* pid of the last one; 0: none yet */
	_Atomic int snapshots;		/* how many have been made */
	_Atomic long snapshot_time;	/* all of them, nanoseconds */
	_Atomic int done[WORKERS_MAX];	/* rows, as the meter saw them */
	_Atomic int saved[WORKERS_MAX];	/* rows that the last snapshot has */

	/* Written by the resumed job, read when reported == generation. */
	_Atomic int reported;
	struct report report[THREADS_MAX];
};

extern struct board *board;

/* Zeroed memory, MAP_PRIVATE or MAP_SHARED.  NULL: there is none. */
void *map_pages(size_t size, int flags);

/* How many rows a worker has to render: every options.workers-th of a frame. */
static inline int rows_of(int worker)
{
	int rest = options.height - worker + options.workers - 1;

	return rest / options.workers * options.frames;
}

/* ---- The job ------------------------------------------------------------- */

/* Renders the picture to pixels, and writes it to the file fd unless that is
 * negative.  Takes snapshots when asked to.  When lifeline, the read end of a
 * pipe, comes to its end, the supervisor is dead: the job's process group,
 * which is group, kills itself.  Returns an exit status. */
struct job {
	unsigned char *pixels;
	int fd, snapshots;
	int lifeline, group;
};
int job_run(const struct job *job);

/* note.c: every thread notes what it is about to do. */
void note_begin(int index, const char *name);
void note(const char *doing, int frame, int row);
void note_resumed(void);	/* for who gets 0 from snapshot() */

/* picture.c: the size of the whole picture is that of its frames, side by side
 * in columns and lines. */
int picture_columns(void);
int picture_lines(void);
size_t picture_size(void);	/* bytes of all pixels */
int picture_begin(void);	/* 0 or -ENOMEM */
void picture_row(int frame, int row);
void picture_colour(int frame, unsigned char *pixels);

/* file.c: all return a negative error. */
#define FILE_NAME_MAX 4096
int file_create(void);		/* returns a descriptor */
int file_write(int fd, const unsigned char *pixels);
int file_equals(int fd, const unsigned char *pixels);	/* 1 or 0 */
int file_finish(void);		/* gives it its name */
void file_remove(void);		/* instead of file_finish */

/* ---- The supervisor (supervise.c) --------------------------------------- */

/* Runs a job to its end, kills it at this percentage (0: does not), resumes it
 * after each SIGKILL, and leaves no process behind.  Returns 0; 1: it has said
 * what went wrong; or 128 + the signal that interrupted it. */
int supervise(struct job *job, int kill_at);
int supervise_begin(void);	/* once, before it; returns like it */

/* ---- The screen (screen.c) ---------------------------------------------- */

int percent_of(const _Atomic int *rows);	/* board->done or ->saved */
int fail(const char *object, int error);	/* says why; returns 1 */
void screen_choose(char **envp);	/* bars or plain lines */
void screen_begin(void);	/* a new set of progress bars */
void screen_progress(void);	/* draws them again */
void screen_table(void);	/* the threads of a resumed job */

/* print(), unless --quiet; the first error is kept for the end. */
#define say(...) screen_wrote(options.quiet ? 0 : print(__VA_ARGS__))
void screen_wrote(long result);
extern int screen_error;

#endif
