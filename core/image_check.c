/* Reads an image, continued: its notes are whole; do they make sense, and agree
 * with one another?  The notes may be many: every search is in order. */
#include "image.h"
#include <linux/mman.h>

#define LONGEST (4 * 4096)	/* a path in /proc, where a byte can be \ooo */

/* The strings end with a 0. */
static const char *check_string(const struct image *image, __u32 at)
{
	if (at >= image->strings_size)
		return "has a string outside its strings";
	for (unsigned i = 0; i < LONGEST; i++)
		if (!image_string(image, at)[i])
			return NULL;
	return "has a string that is too long for a name";
}

static struct image_mapping mapping_at(const struct image *image, unsigned i)
{
	return image_get(image->mappings, i, struct image_mapping);
}

int image_find(const struct image *image, __u64 address)
{
	unsigned low = 0, high = image->mapping_count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		struct image_mapping m = mapping_at(image, middle);

		if (address >= m.end)
			low = middle + 1;
		else if (address < m.begin)
			high = middle;
		else
			return (int)middle;
	}
	return -1;
}

/* Whether the address is mapped, with all of this protection. */
static int is_mapped(const struct image *image, __u64 address,
		     __u32 protection)
{
	int i = image_find(image, address);

	return i >= 0 && (mapping_at(image, (unsigned)i).protection &
			  protection) == protection;
}

/* ---- Memory ------------------------------------------------------------- */

static const char *check_file_mapping(const struct image *image,
				      const struct image_mapping *m)
{
	if (!(m->flags & IMAGE_MAP_SHARED))
		return "has a mapping with flags that exclude one another";
	if (!*image_string(image, m->name))
		return "has a mapping of a file without a name";
	if (m->offset % image->process.page_size ||
	    m->offset + (m->end - m->begin) > ~0UL >> 1 ||
	    m->offset > ~0UL >> 1)
		return "has a mapping of an impossible part of a file";
	return NULL;
}

/* end: of the mapping before. */
static const char *check_mapping(const struct image *image,
				 const struct image_mapping *m, __u64 end)
{
	const char *why;

	if (m->begin >= m->end ||
	    (m->begin | m->end) % image->process.page_size)
		return "has a mapping that is not of whole pages";
	if (m->begin < end)
		return "has mappings that overlap or are not in order";
	if (m->protection & ~(__u32)(PROT_READ | PROT_WRITE | PROT_EXEC) ||
	    m->flags & ~(__u32)(IMAGE_MAP_SHARED | IMAGE_MAP_FILE |
				IMAGE_MAP_STACK) || m->zero)
		return "has a mapping with unknown flags";
	if (m->flags & IMAGE_MAP_STACK && m->flags & IMAGE_MAP_SHARED)
		return "has a mapping with flags that exclude one another";
	why = check_string(image, m->name);
	if (!why && m->flags & IMAGE_MAP_FILE)
		why = check_file_mapping(image, m);
	return why;
}

static const char *check_mappings(const struct image *image)
{
	__u64 end = 0;

	for (unsigned i = 0; i < image->mapping_count; i++) {
		struct image_mapping m = mapping_at(image, i);
		const char *why = check_mapping(image, &m, end);

		if (why)
			return why;
		end = m.end;
	}
	return NULL;
}

/* Both are in order, so one walk through both is enough. */
static const char *check_segments(const struct image *image)
{
	unsigned next = 0;
	struct image_mapping m = { 0 };

	for (unsigned i = 0; i < image->segment_count; i++) {
		const Elf64_Phdr *p = &image->segments[i];

		while (m.end <= p->p_vaddr) {
			if (next == image->mapping_count)
				return "has memory without a mapping";
			m = mapping_at(image, next++);
		}
		if (p->p_vaddr < m.begin || p->p_vaddr + p->p_memsz > m.end)
			return "has memory without a mapping";
		if (p->p_filesz && m.flags & IMAGE_MAP_FILE)
			return "has contents for memory that is in a file";
	}
	return NULL;
}

/* ---- The process and its threads ---------------------------------------- */

static const char *check_process(const struct image *image)
{
	const struct image_process *p = &image->process;
	const char *why;

	if (p->page_size != image->segments[0].p_align)
		return "has pages of two sizes";
	if (p->zero || p->umask > 0777)
		return "has an odd description of the process";
	why = check_string(image, p->program);
	return why ? why : check_string(image, p->directory);
}

static const char *check_start(const struct image *image)
{
	const struct image_process *p = &image->process;
	int i;

	if (!is_mapped(image, p->entry, PROT_EXEC))
		return "begins in memory that cannot be run";
	/* A file may be too short: restart would die of its last step. */
	i = image_find(image, p->stack - 16);
	if (p->stack % 16 || !is_mapped(image, p->stack - 16, PROT_WRITE) ||
	    mapping_at(image, (unsigned)i).flags & IMAGE_MAP_FILE)
		return "begins on a stack that is none";
	return NULL;
}

static const char *check_thread(const struct image *image,
				const struct image_thread *t)
{
	if (!is_mapped(image, t->control_block, PROT_WRITE))
		return "has a thread without a control block";
	if (!is_mapped(image, t->context, PROT_WRITE))
		return "has a thread without a context";
	if (t->frame && !is_mapped(image, t->frame, PROT_WRITE))
		return "has a thread without a signal frame";
	/* On some architectures nothing has to be behind the TLS. */
	if (!is_mapped(image, t->tp, PROT_WRITE) &&
	    !is_mapped(image, t->tp - 1, PROT_WRITE))
		return "has a thread without a thread pointer";
	if (t->name[sizeof t->name - 1])
		return "has a thread with a name without an end";
	return NULL;
}

/* ---- Open files --------------------------------------------------------- */

/* image_file.same_as of a descriptor; -1: there is no such descriptor. */
static __s64 first_of(const struct image *image, __u32 fd)
{
	unsigned low = 0, high = image->file_count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		struct image_file f = image_get(image->files, middle,
						struct image_file);

		if (f.fd == fd)
			return f.same_as;
		if (f.fd < fd)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

static const char *check_file(const struct image *image,
			      const struct image_file *f, unsigned pipes)
{
	const char *why;

	if (f->fd > 0x7fffffff)
		return "has an impossible descriptor";
	if (!f->kind || f->kind > IMAGE_FILE_OTHER || f->zero)
		return "has an open file of an unknown kind";
	why = check_string(image, f->name);
	if (why)
		return why;
	if (f->kind == IMAGE_FILE_PATH && !*image_string(image, f->name))
		return "has an open file without a name";
	if (f->kind == IMAGE_FILE_PIPE && f->pipe >= pipes)
		return "has a descriptor of a pipe that is not there";
	if (f->same_as > f->fd || first_of(image, f->same_as) != f->same_as)
		return "has a descriptor like one that is not there";
	return NULL;
}

/* In two rounds: the search needs the order. */
static const char *check_files(const struct image *image, unsigned pipes)
{
	__s64 before = -1;

	if (pipes > image->file_count)
		return "has more pipes than descriptors";
	for (unsigned i = 0; i < image->file_count; i++) {
		struct image_file f = image_get(image->files, i,
						struct image_file);

		if (f.fd <= before)
			return "has descriptors twice or not in order";
		before = f.fd;
	}
	for (unsigned i = 0; i < image->file_count; i++) {
		struct image_file f = image_get(image->files, i,
						struct image_file);
		const char *why = check_file(image, &f, pipes);

		if (why)
			return why;
	}
	return NULL;
}

static const char *check_pipe(const unsigned char *contents, __u32 size,
			      unsigned number)
{
	struct image_pipe pipe;

	if (size < sizeof pipe)
		return "has a note of the wrong size";
	__builtin_memcpy(&pipe, contents, sizeof pipe);
	if (pipe.number != number)
		return "has pipes that are not in order";
	if (pipe.size > pipe.capacity || pipe.size != size - sizeof pipe)
		return "has a pipe with another number of bytes than it says";
	return NULL;
}

/* ---- All ---------------------------------------------------------------- */

static const char *check_limits(const struct image *image)
{
	for (unsigned i = 0; i < 16; i++) {
		struct image_limit limit = image_get(image->limits, i,
						     struct image_limit);

		if (limit.soft > limit.hard)
			return "has an impossible limit";
	}
	return NULL;
}

/* The notes of which there are many. */
static const char *check_each(const struct image *image, unsigned *pipes)
{
	const unsigned char *contents;
	unsigned long at = 0;
	__u32 type, size;

	while ((contents = image_next(image, &at, &type, &size))) {
		const char *why = NULL;

		if (type == IMAGE_THREAD && size != sizeof(struct image_thread))
			return "has a note of the wrong size";
		if (type == IMAGE_THREAD) {
			struct image_thread thread = image_get(contents, 0,
							struct image_thread);

			why = check_thread(image, &thread);
		} else if (type == IMAGE_PIPE) {
			why = check_pipe(contents, size, (*pipes)++);
		}
		if (why)
			return why;
	}
	return NULL;
}

const char *image_contents(const struct image *image)
{
	unsigned pipes = 0;
	const char *why = check_process(image);

	if (!why)
		why = check_mappings(image);
	if (!why)
		why = check_segments(image);
	if (!why)
		why = check_start(image);
	if (!why)
		why = check_limits(image);
	if (!why)
		why = check_each(image, &pipes);
	return why ? why : check_files(image, pipes);
}
