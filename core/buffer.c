/* The writer's region of memory: a stretch of addresses, reserved in one piece so
 * that nothing in it ever moves, of which memory is asked for as it is needed. */
#include "writer.h"

#define LARGEST  (1UL << 30)
#define SMALLEST (8UL << 20)
#define STEP     (64UL << 10)

/* Its own address and size in the region: a part of what is left. */
static char *give(struct buffer *b, char *at, size_t room)
{
	*b = (struct buffer){ .data = at, .room = room };
	return at + room;
}

static char *reserve(size_t *size)
{
	long at;

	/* A limit on addresses may forbid the largest. */
	for (*size = LARGEST; *size >= SMALLEST; *size /= 2) {
		at = sys(mmap, NULL, *size, PROT_NONE, MAP_PRIVATE |
			 MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (at > 0 || at < -4095)
			return (char *)at;
	}
	return NULL;
}

struct writer *writer_new(void)
{
	size_t size, first = STEP + STACK + BOUNCE, part;
	struct writer *w = (struct writer *)reserve(&size);
	char *at;

	if (!w)
		return NULL;
	if (sys(mprotect, w, first, PROT_READ | PROT_WRITE) < 0) {
		sys(munmap, w, size);
		return NULL;
	}
	w->region = size;
	w->stack_end = (char *)w + STEP + STACK;
	w->bounce = w->stack_end;
	at = (char *)w + first;
	part = (size - first) / 32 & -STEP;
	at = give(&w->files, at, part);
	at = give(&w->pipes, at, part);
	at = give(&w->strings, at, 2 * part);
	at = give(&w->mappings, at, 4 * part);
	at = give(&w->segments, at, 8 * part);
	give(&w->notes, at, 16 * part);
	return w;
}

void writer_free(struct writer *w)
{
	files_forget(w);
	sys(munmap, w, w->region);
}

void *writer_add(struct buffer *b, size_t size)
{
	size_t more;
	char *at = b->data + b->size;

	if (size > b->room - b->size)
		return NULL;
	if (b->size + size > b->ready) {
		more = (b->ready + size + STEP) & -STEP;
		if (more > b->room - b->ready)
			more = b->room - b->ready;
		if (sys(mprotect, b->data + b->ready, more,
			PROT_READ | PROT_WRITE) < 0)
			return NULL;
		b->ready += more;
	}
	b->size += size;
	return at;
}

long writer_string(struct writer *w, const char *s)
{
	struct buffer *b = &w->strings;
	size_t n = strlen(s) + 1;
	char *to;

	if (!b->size && !writer_add(b, 1))	/* the empty one */
		return -ENOMEM;
	if (n == 1)
		return 0;
	if (b->size > n && memcmp(b->data + b->size - n, s, n) == 0 &&
	    !b->data[b->size - n - 1])
		return (long)(b->size - n);
	to = writer_add(b, n);
	if (!to)
		return -ENOMEM;
	memcpy(to, s, n);
	return to - b->data;
}

/* A line that does not fit, is cut. */
int writer_lines(struct writer *w, const char *path,
	       int (*line)(struct writer *, char *text))
{
	char text[8192], one[PATH_ROOM + 128];
	size_t length = 0;
	long n;
	int fd = (int)sys(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return fd;
	while (r >= 0 && (n = sys(read, fd, text, sizeof text)) > 0) {
		for (long i = 0; i < n && r >= 0; i++) {
			if (text[i] != '\n') {
				if (length < sizeof one - 1)
					one[length++] = text[i];
				continue;
			}
			one[length] = 0;
			length = 0;
			r = line(w, one);
		}
	}
	sys(close, fd);
	return r < 0 ? r : (int)n;
}
