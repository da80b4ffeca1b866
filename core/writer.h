/* What the files of the image writer share.  All its state is in a region of
 * its own, which is not part of the image: a page must not change between its
 * checksum and its way into the file, so the writer changes no memory that it
 * writes.  It calls the kernel by sys() alone, since restartable calls leave
 * traces in the control block. */
#ifndef WRITER_H
#define WRITER_H

#include "checkpoint.h"
#include "image.h"
#include <linux/uio.h>

#define PATH_ROOM 4096			/* of a path, with its final 0 */
#define PIECES    256			/* of memory that one write gathers */
#define BOUNCE    (256UL << 10)
#define STACK     (128UL << 10)

/* An array that grows in place. */
struct buffer {
	char *data;
	size_t size;			/* in use */
	size_t ready, room;		/* can be written; may become so */
};

struct writer {
	size_t region;			/* bytes; the region begins here */
	char *stack_end;
	char *bounce;			/* BOUNCE bytes for what cannot be
					 * written where it is */

	/* Filled in the stop (files.c), where nobody moves a file's offset. */
	const char *path;
	int pid, parent;		/* of the original */
	struct buffer files;		/* struct image_file */
	struct buffer pipes;		/* struct pipe_copy */

	/* Filled by the copy. */
	struct buffer strings;
	struct buffer mappings;		/* struct image_mapping */
	struct buffer segments;		/* struct segment */
	struct buffer notes;
	int fd;				/* the file */
	unsigned long offset;		/* its end so far */
	unsigned long started;		/* ...and on the way to the disk */

	/* What is to be written next: pieces, each of which belongs to a segment
	 * and changes its checksum when it is written. */
	struct iovec pieces[PIECES];
	unsigned owners[PIECES];
	int piece_count;
	size_t pending, bounced;	/* bytes in all, and of the bounce */
};

struct segment {
	unsigned long address, offset, file_size, size;
	__u32 flags, sum;
};

struct pipe_copy {
	unsigned long inode;
	int capacity, number;
	int fd;				/* the copy's read end; -1: empty */
};

/* ---- buffer.c ------------------------------------------------------------------ */

/* NULL: no memory. */
struct writer *writer_new(void);
void writer_free(struct writer *);

/* Room for size bytes more, set to 0; NULL: no memory. */
void *writer_add(struct buffer *, size_t size);

/* The offset of a string, which is kept once if it comes twice in a row; -ENOMEM. */
long writer_string(struct writer *, const char *);

/* Calls line(w, text) for each line of a file in /proc; the first negative value
 * ends it and is returned. */
int writer_lines(struct writer *, const char *path,
	       int (*line)(struct writer *, char *text));

/* ---- files.c ------------------------------------------------------------------- */

/* In the stop: the open files and where they stand, what is in the pipes.
 * files_forget() afterwards closes what that has opened. */
int files_note_open(struct writer *);
void files_forget(struct writer *);

/* In the copy: the rest, and the notes. */
int files_describe_open(struct writer *);

/* ---- contents.c ---------------------------------------------------------------- */

struct segment *writer_segment(struct writer *, unsigned index);
unsigned writer_segment_count(struct writer *);

/* Writes what is in the mappings. */
int writer_memory(struct writer *);

/* ---- mappings.c, describe.c, writer.c ------------------------------------------ */

int writer_read_mappings(struct writer *);

/* The notes but for the checksums. */
int image_describe(struct writer *);

/* Begins a note; what is added to w->notes until image_note_end() is its contents. */
Elf64_Nhdr *image_note_begin(struct writer *, const char *owner, __u32 type);
int image_note_end(struct writer *, Elf64_Nhdr *);
int image_note(struct writer *, const char *owner, __u32 type,
	       const void *contents, size_t size);

/* All of it, to a place in the file. */
int writer_write(int fd, const struct iovec *, int count, unsigned long offset);

/* The first task of a copy: writes the image and reports. */
void image_write(void *writer);

/* What the image is called until it is complete: PATH_ROOM bytes. */
void image_temporary_name(char *name, const char *path, int pid);

#endif
