/* The memory of the process on its way into the image.  It is gone through once,
 * from the lowest address to the highest; what is not zero is written, many pages
 * at a time, one behind the other. */
#include "writer.h"
#include <linux/fs.h>

#define PAGES    512			/* of which one look tells */
#define CHUNK    (512UL << 10)		/* what one write takes */
#define START    (8UL << 20)		/* what the disk is given at a time */

/* /proc/self/pagemap has a word for each page. */
#define PAGE_PRESENT (1UL << 63)
#define PAGE_SWAPPED (1UL << 62)

/* ---- Segments ------------------------------------------------------------------ */

struct segment *writer_segment(struct writer *w, unsigned i)
{
	return (struct segment *)w->segments.data + i;
}

unsigned writer_segment_count(struct writer *w)
{
	return (unsigned)(w->segments.size / sizeof(struct segment));
}

static struct segment *new_segment(struct writer *w, unsigned long address,
				   unsigned flags)
{
	struct segment *s = writer_add(&w->segments, sizeof *s);

	if (s) {
		s->address = address;
		s->flags = flags;
		s->offset = w->offset + w->pending;
	}
	return s;
}

/* The disk works while the rest is looked at, not only in the fsync.  Only a
 * hint: an error is the fsync's to tell. */
static void start_disk(struct writer *w)
{
	if (w->offset - w->started < START)
		return;
	sys(sync_file_range, w->fd, w->started, w->offset - w->started,
	    SYNC_FILE_RANGE_WRITE);
	w->started = w->offset;
}

/* A checksum just before the write: the write finds the bytes in the cache. */
static int flush(struct writer *w)
{
	int r;

	for (int i = 0; i < w->piece_count; i++) {
		struct segment *s = writer_segment(w, w->owners[i]);

		s->sum = crc32c(s->sum, w->pieces[i].iov_base,
				w->pieces[i].iov_len);
	}
	r = w->piece_count ? writer_write(w->fd, w->pieces, w->piece_count,
				       w->offset) : 0;
	w->offset += w->pending;
	w->piece_count = 0;
	w->pending = w->bounced = 0;
	start_disk(w);
	return r;
}

/* Memory for the file, which belongs to the last segment. */
static int add_piece(struct writer *w, void *memory, size_t size)
{
	unsigned owner = writer_segment_count(w) - 1;
	int last = w->piece_count - 1;

	if (last >= 0 && w->owners[last] == owner &&
	    (char *)w->pieces[last].iov_base + w->pieces[last].iov_len ==
	    memory) {
		w->pieces[last].iov_len += size;
	} else {
		w->owners[w->piece_count] = owner;
		w->pieces[w->piece_count++] = (struct iovec){ memory, size };
	}
	w->pending += size;
	writer_segment(w, owner)->file_size += size;
	return w->pending >= CHUNK || w->piece_count == PIECES ? flush(w) : 0;
}

/* ---- Memory -------------------------------------------------------------------- */

/* A part of /proc/self/pagemap, which may belong to many mappings: a thread's
 * stack has a few pages. */
struct pagemap {
	int fd;
	unsigned long first, count;	/* pages */
	unsigned long words[PAGES];
};

struct walk {
	struct writer *w;
	const struct image_mapping *mapping;
	unsigned flags;			/* PF_ */
	int bounces;
	int readable;			/* made so */
	int memory;			/* /proc/self/mem, for what bounces */
	struct segment *open;		/* the last one of this mapping */
};

static int is_zero(const unsigned long *page)
{
	for (size_t i = 0; i < page_size / sizeof *page; i++)
		if (page[i])
			return 0;
	return 1;
}

/* A segment is a run of pages with contents and the zeros behind them. */
static int add_zero(struct walk *walk, unsigned long address)
{
	if (!walk->open)
		walk->open = new_segment(walk->w, address, walk->flags);
	if (!walk->open)
		return -ENOMEM;
	walk->open->size += page_size;
	return 0;
}

static int add_page(struct walk *walk, unsigned long address, void *bytes)
{
	struct segment *s = walk->open;

	if (!s || s->size != s->file_size)
		s = walk->open = new_segment(walk->w, address, walk->flags);
	if (!s)
		return -ENOMEM;
	s->size += page_size;
	return add_piece(walk->w, bytes, page_size);
}

/* What a file or others can change meanwhile, or cannot be read to its end, is
 * copied first: to *bytes, or NULL.  What cannot be read (-EIO) is behind the end
 * of a file. */
static int bounce_page(struct walk *walk, unsigned long address, void **bytes)
{
	struct writer *w = walk->w;
	char *to = w->bounce + w->bounced;
	long n = sys(pread64, walk->memory, to, page_size, address);

	*bytes = NULL;
	if (n < 0 && n != -EIO)
		return (int)n;
	if (n != (long)page_size || is_zero((void *)to))
		return 0;
	w->bounced += page_size;
	*bytes = to;
	return 0;
}

static int write_page(struct walk *walk, unsigned long address)
{
	void *bytes = (void *)address;
	int r = 0;

	if (walk->bounces) {
		if (walk->w->bounced == BOUNCE)
			r = flush(walk->w);
		if (r == 0)
			r = bounce_page(walk, address, &bytes);
		if (r < 0)
			return r;
	} else if (is_zero(bytes)) {
		bytes = NULL;
	}
	return bytes ? add_page(walk, address, bytes) : add_zero(walk, address);
}

/* Whether a page of anonymous memory was ever touched, or an error. */
static int is_touched(struct pagemap *p, unsigned long address)
{
	unsigned long page = address / page_size;
	long n;

	if (page - p->first >= p->count) {
		n = sys(pread64, p->fd, p->words, sizeof p->words, page * 8);
		if (n < 8)
			return n < 0 ? (int)n : -EIO;
		p->first = page;
		p->count = (unsigned long)n / 8;
	}
	return !!(p->words[page - p->first] & (PAGE_PRESENT | PAGE_SWAPPED));
}

/* This is a copy: nobody else sees that it becomes readable.  Guards of stacks,
 * which are many, are never touched and stay as they are. */
static int make_readable(struct walk *walk)
{
	const struct image_mapping *m = walk->mapping;

	if (walk->flags & PF_R || walk->readable)
		return 0;
	walk->readable = 1;
	return (int)sys(mprotect, m->begin, m->end - m->begin, PROT_READ);
}

static int write_touched(struct walk *walk, struct pagemap *pagemap)
{
	const struct image_mapping *m = walk->mapping;
	int r = 0;

	for (unsigned long at = m->begin; at < m->end; at += page_size) {
		r = is_touched(pagemap, at);
		if (r == 0)
			r = add_zero(walk, at);
		else if (r > 0 && (r = make_readable(walk)) == 0)
			r = write_page(walk, at);
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_all_pages(struct walk *walk)
{
	const struct image_mapping *m = walk->mapping;
	int r = make_readable(walk);

	for (unsigned long at = m->begin; at < m->end && r == 0; at += page_size)
		r = write_page(walk, at);
	return r;
}

static int write_mapping(struct writer *w, const struct image_mapping *m,
			 struct pagemap *pagemap, int memory)
{
	struct walk walk = {
		.w = w, .mapping = m, .memory = memory,
		.flags = (m->protection & PROT_READ ? PF_R : 0) |
			 (m->protection & PROT_WRITE ? PF_W : 0) |
			 (m->protection & PROT_EXEC ? PF_X : 0),
	};

	if (m->flags & IMAGE_MAP_FILE) {	/* the file has them */
		walk.open = new_segment(w, m->begin, walk.flags);
		if (!walk.open)
			return -ENOMEM;
		walk.open->size = m->end - m->begin;
		return 0;
	}
	walk.bounces = (m->flags & IMAGE_MAP_SHARED) ||
		       w->strings.data[m->name] == '/';
	return walk.bounces ? write_all_pages(&walk) :
			      write_touched(&walk, pagemap);
}

int writer_memory(struct writer *w)
{
	const struct image_mapping *m = (void *)w->mappings.data;
	const struct image_mapping *end = (void *)(w->mappings.data +
						   w->mappings.size);
	struct pagemap pagemap = {
		.fd = (int)sys(openat, AT_FDCWD, "/proc/self/pagemap",
			       O_RDONLY | O_CLOEXEC),
	};
	int memory = (int)sys(openat, AT_FDCWD, "/proc/self/mem",
			      O_RDONLY | O_CLOEXEC);
	int r = pagemap.fd < 0 ? pagemap.fd : memory < 0 ? memory : 0;

	for (; r == 0 && m < end; m++)
		r = write_mapping(w, m, &pagemap, memory);
	return r ? r : flush(w);
}
