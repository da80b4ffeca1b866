/* The image: one ELF core file, for debuggers, with notes of our own, for
 * restart.  NOTES.md describes it for who writes another reader.
 *
 *   page 0       Elf64_Ehdr, then zeros
 *   segments     whole pages, each PT_LOAD's behind the one before
 *   notes        PT_NOTE; the next three follow without a gap
 *   [Elf64_Shdr] only if there are PN_XNUM program headers or more
 *   Elf64_Phdr[] the PT_NOTE, then the PT_LOADs by address
 *
 * The writer knows the table only when it has seen all memory; so the table is
 * the end of the file, and a file that is cut short has none. */
#ifndef IMAGE_H
#define IMAGE_H

#include <linux/elf.h>
#include <linux/types.h>
#include <stddef.h>

#define IMAGE_OWNER   "FORKALL"
#define IMAGE_VERSION 1

/* Types of the notes that IMAGE_OWNER owns.  Strings are offsets into the one
 * IMAGE_STRINGS note, whose first and last bytes are 0; 0 is the empty one. */
enum {
	IMAGE_PROCESS = 0x464b0001,	/* struct image_process */
	IMAGE_THREAD,			/* struct image_thread, behind each
					 * thread's NT_PRSTATUS */
	IMAGE_MAPPINGS,			/* struct image_mapping[], by address */
	IMAGE_FILES,			/* struct image_file[], by descriptor */
	IMAGE_PIPE,			/* struct image_pipe and its bytes */
	IMAGE_SIGNALS,			/* struct image_signal[64], 1 to 64 */
	IMAGE_LIMITS,			/* struct image_limit[16], RLIMIT_ */
	IMAGE_STRINGS,
	IMAGE_CHECKSUMS,		/* the last note: struct image_checksums */
};

struct image_process {
	__u32 version, page_size;
	__u64 entry;			/* void entry(const struct restart *)... */
	__u64 stack;			/* ...which runs on this stack */
	__u64 date;			/* nanoseconds, CLOCK_REALTIME */
	__u64 frame_size;		/* of a signal frame, at most */
	__u32 threads;			/* IMAGE_THREAD notes */
	__u32 pid, umask;
	__u32 program, directory;	/* strings */
	__u32 zero;
	/* What /proc shows, and brk: as in struct prctl_mm_map. */
	__u64 start_code, end_code, start_data, end_data, start_brk, brk,
	      start_stack, arg_start, arg_end, env_start, env_end;
};

/* All but the tid is in the memory, too; here it is for the curious, and for
 * other readers. */
struct image_thread {
	__u64 tp, control_block, context;
	__u64 frame;			/* struct ucontext; 0: it made the call */
	__u64 pc;			/* where it was interrupted */
	__u64 signal_mask;
	__u64 affinity[16];
	__u32 id, tid;
	__s32 call;			/* that it is blocked in; -1: none known */
	__u32 policy, priority;
	__s32 nice;
	char name[16];
};

/* What to map.  The contents are those of the PT_LOADs within, the rest zero;
 * but those of IMAGE_MAP_FILE are the file's. */
struct image_mapping {
	__u64 begin, end;
	__u64 offset;			/* in the file, of IMAGE_MAP_FILE */
	__u32 protection;		/* PROT_ */
	__u32 flags;
	__u32 name;			/* path, or [stack]: string */
	__u32 zero;
};

#define IMAGE_MAP_SHARED 1		/* else private */
#define IMAGE_MAP_FILE   2		/* shared with a file of this name */
#define IMAGE_MAP_STACK  4		/* grows down */

struct image_file {
	__u32 fd;
	__u32 kind;			/* IMAGE_FILE_ */
	__u32 same_as;			/* lowest descriptor of the same open
					 * file; its own fd if none is lower */
	__u32 flags;			/* F_GETFL */
	__u32 descriptor_flags;		/* F_GETFD */
	__u32 pipe;			/* IMAGE_FILE_PIPE: struct image_pipe's
					 * number */
	__u64 offset;			/* IMAGE_FILE_PATH */
	__u32 name;			/* as /proc/PID/fd shows it: string */
	__u32 zero;
};

enum {
	IMAGE_FILE_PATH = 1,		/* can be opened by its name */
	IMAGE_FILE_PIPE,		/* both ends are in the process */
	IMAGE_FILE_CLOSED,		/* a callback wants it closed */
	IMAGE_FILE_HALF_PIPE,		/* the other end is somebody else's */
	IMAGE_FILE_DELETED,		/* has no name any more */
	IMAGE_FILE_OTHER,		/* socket, epoll, ... */
};

struct image_pipe {
	__u32 number;			/* 0, 1, ... in the order of the notes */
	__u32 capacity, size;		/* bytes; size of them follow */
};

struct image_signal { __u64 handler, flags, restorer, mask; };
struct image_limit { __u64 soft, hard; };

/* CRC32C (Castagnoli).  headers: of the Elf64_Ehdr, the Elf64_Shdr if there is
 * one, and the program headers, in the order of the file.  segments: of each
 * PT_LOAD's p_filesz bytes.  The last word is of all bytes of the notes before
 * it. */
struct image_checksums {
	__u32 headers;
	__u32 count;			/* of the PT_LOADs */
	__u32 segments[];		/* and one more word: notes */
};

/* ---- Between restart and the image's entry ----------------------------------- */

/* What restart hands to the entry.  It is in restart's own memory, as its code
 * is, until the last thread is complete and unmaps both. */
struct restart {
	unsigned long begin, size;	/* that memory */
	void (*fail)(int error, int thread_id);	/* says why, and exits */
	int ordered;			/* respawn one by one */
	int stop;			/* raise SIGSTOP before the first */
	int same_tids;			/* the threads' old tids */
};

/* ---- image.c: reading ---------------------------------------------------------- */

/* What has been read and found good.  Pointers are into the bytes given. */
struct image {
	unsigned long file_size;

	/* After image_header(): where the table is. */
	Elf64_Ehdr header;
	unsigned long table_offset, table_size;

	/* After image_table(): its segments, and where the notes are. */
	const Elf64_Phdr *segments;	/* the PT_LOADs */
	unsigned segment_count;
	unsigned long notes_offset, notes_size;
	__u32 headers_sum;

	/* After image_notes().  The arrays are 4-byte aligned only: read them
	 * with image_get(). */
	struct image_process process;
	const unsigned char *mappings, *files, *signals, *limits, *strings;
	unsigned mapping_count, file_count;
	unsigned long strings_size;
	const unsigned char *notes, *checksums;	/* ...of the segments */
};

/* Each checks what it is given and returns NULL, or why the image is refused;
 * nothing is read but the bytes given, nothing written but *image.  The caller
 * reads the file: its first 64 bytes, or what there is; table_size bytes at
 * table_offset, to an address that Elf64_Phdr may have; then notes_size bytes at
 * notes_offset. */
const char *image_header(struct image *, const void *bytes,
			 unsigned long file_size);
const char *image_table(struct image *, const void *bytes);
const char *image_notes(struct image *, const void *bytes);

/* Element i of an array of structures: image_get(image.files, i, struct
 * image_file). */
#define image_get(array, i, type) ({ \
	type element_; \
	__builtin_memcpy(&element_, (array) + (i) * sizeof(type), \
			 sizeof(type)); \
	element_; })

static inline const char *image_string(const struct image *image, __u32 at)
{
	return (const char *)image->strings + at;
}

/* Steps through the notes: *at is 0 at first.  Returns the next note's contents
 * and sets *type (of IMAGE_OWNER's notes; others are passed over) and *size;
 * NULL at the end. */
const unsigned char *image_next(const struct image *, unsigned long *at,
				__u32 *type, __u32 *size);

/* The last part of image_notes(), in image_check.c: does it make sense? */
const char *image_contents(const struct image *);

/* Index of the mapping that an address is in; or -1. */
int image_find(const struct image *, __u64 address);

/* ---- crc32c.c ------------------------------------------------------------------ */

/* Asks the processor, once for all, whether it has an instruction for it; before
 * that a table serves.  Not while an image is written: it writes a variable. */
void crc32c_begin(void);

/* Continues a CRC32C, of which the first is 0. */
__u32 crc32c(__u32 crc, const void *bytes, size_t size);

/* ---- image.S: contracts are there ---------------------------------------------- */

struct clone_args;
struct context;
struct thread;

long clone3_context(const struct clone_args *, const struct context *);
_Noreturn void run_on_stack(void (*function)(void *), void *argument, void *sp);
_Noreturn void restart_entry(const struct restart *);

/* ---- restarted.c --------------------------------------------------------------- */

extern const struct restart *restarting;	/* until all are complete, or NULL */

void restart_note(void);
long restart_clone(struct thread *);	/* as clone_context(), with its old tid */
_Noreturn void restarted(const struct restart *);	/* on the first task's stack */

#endif
