/* The files of the process: restart opens them anew by name, and makes its
 * pipes again.  Until nothing can fail any more they wait under numbers that
 * the process does not use; then each gets its own. */
#include "restart.h"
#include <linux/resource.h>

int *mapped_files;

static int *opened;		/* by index: where the file waits; or < 0 */

#define SETTABLE (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME)

int file_find(unsigned fd)
{
	unsigned low = 0, high = image.file_count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		unsigned at = file_at(middle).fd;

		if (at == fd)
			return (int)middle;
		at < fd ? (low = middle + 1) : (high = middle);
	}
	return -1;
}

/* next only goes up: however many files there are, each number is looked at
 * once.  The kernel may go further than it was asked. */
int away(int fd)
{
	static unsigned next = 3;	/* all below are taken */
	long r = fd;

	while (r >= 0 && (r < 3 || file_find((unsigned)r) >= 0)) {
		if (r != fd)
			sys(close, r);
		while (file_find(next) >= 0)
			next++;
		r = sys(fcntl, fd, F_DUPFD_CLOEXEC, next);
		next = r < 0 ? next : (unsigned)r + 1;
	}
	if (fd >= 0 && r != fd)
		sys(close, fd);
	return r == -EINVAL ? -EMFILE : (int)r;
}

/* ---- What can be restored ---------------------------------------------- */

/* Standard descriptors are those of restart, and so are copies of them. */
static int is_standard(const struct image_file *f)
{
	return f->same_as <= 2;
}

static int is_wanted(const struct image_file *f)
{
	return f->kind != IMAGE_FILE_CLOSED && !is_to_close(f->fd);
}

const char *file_obstacle(const struct image_file *f)
{
	if (is_standard(f))
		return NULL;
	switch (f->kind) {
	case IMAGE_FILE_HALF_PIPE:
		return "it is a pipe whose other end another process had";
	case IMAGE_FILE_DELETED:
		return "it is a file that has no name any more";
	case IMAGE_FILE_OTHER:
		return *image_string(&image, f->name) == '/' ?
			"it is a FIFO" : "it is not a file";
	}
	return NULL;
}

/* Where the first descriptor of the same open file is in the table. */
static unsigned first_index(const struct image_file *f)
{
	return (unsigned)file_find(f->same_as);
}

/* The descriptor, or why not; it is closed then. */
static int set_flags(int fd, const struct image_file *f)
{
	long r = sys(fcntl, fd, F_SETFL, f->flags & SETTABLE);

	if (r >= 0)
		return fd;
	sys(close, fd);
	return (int)r;
}

/* ---- Pipes ------------------------------------------------------------- */

/* Lists of the ends that are wanted: the last one of each pipe, and the one
 * before of each descriptor; indices, or -1. */
static int *last_end, *end_before;

static void list_ends(void)
{
	last_end = allocate(2UL * image.file_count * sizeof *last_end);
	end_before = last_end + image.file_count;
	for (unsigned i = 0; i < image.file_count; i++)
		last_end[i] = -1;	/* pipes are no more than descriptors */
	for (unsigned i = 0; i < image.file_count; i++) {
		struct image_file f = file_at(i);

		if (f.kind != IMAGE_FILE_PIPE || !is_wanted(&f) ||
		    is_standard(&f))
			continue;
		end_before[i] = last_end[f.pipe];
		last_end[f.pipe] = (int)i;
	}
}

/* By way of /proc, any number of ends can be had of one pipe; non-blocking, so
 * that opening waits for nobody. */
static int open_end(int pipe, const struct image_file *f)
{
	char path[32];
	int fd;

	format(path, sizeof path, "/proc/self/fd/%d", pipe);
	fd = away((int)sys(openat, AT_FDCWD, path, (f->flags & O_ACCMODE) |
			   O_NONBLOCK | O_CLOEXEC));
	return fd < 0 ? fd : set_flags(fd, f);
}

static int fill_pipe(int end, const unsigned char *bytes, __u32 size,
		     __u32 capacity)
{
	long n;

	/* A user may have less than the process had: then what counts is whether
	 * the contents fit. */
	sys(fcntl, end, F_SETPIPE_SZ, capacity);
	for (; size; bytes += n, size -= (__u32)n) {
		n = sys(write, end, bytes, size);
		if (n <= 0)
			return n == -EAGAIN ? -ENOSPC : (int)n;
	}
	return 0;
}

/* The ends of one pipe; ends that cannot be opened stay -1. */
static int open_pipe(const struct image_pipe *pipe, const unsigned char *bytes)
{
	int ends[2], error;
	long r = sys(pipe2, ends, O_CLOEXEC | O_NONBLOCK);

	if (r < 0)
		return (int)r;
	error = fill_pipe(ends[1], bytes, pipe->size, pipe->capacity);
	for (int i = last_end[pipe->number]; i >= 0 && !error;
	     i = end_before[i]) {
		struct image_file f = file_at((unsigned)i);
		int *end = &opened[first_index(&f)];

		if (*end < 0)
			*end = open_end(ends[0], &f);
		error = *end < 0 ? *end : 0;
	}
	sys(close, ends[0]);
	sys(close, ends[1]);
	return error;
}

static int open_pipes(void)
{
	const unsigned char *note;
	unsigned long at = 0;
	__u32 type, size;
	int failed = 0;

	list_ends();
	while ((note = image_next(&image, &at, &type, &size))) {
		struct image_pipe pipe;
		int error;

		if (type != IMAGE_PIPE)
			continue;
		pipe = image_get(note, 0, struct image_pipe);
		error = open_pipe(&pipe, note + sizeof pipe);
		if (error < 0)
			complain("pipe %u, with %u bytes in it: "
				 "cannot be restored: %s", pipe.number,
				 pipe.size, error_text(error));
		failed |= error;
	}
	return failed;
}

/* ---- Files ------------------------------------------------------------- */

/* Opened as it was, but neither made nor emptied; and no FIFO is waited for. */
static int open_path(const struct image_file *f)
{
	int flags = (int)f->flags & ~(O_CREAT | O_EXCL | O_TRUNC);
	int fd;
	long r;

	if ((flags & O_TMPFILE) == O_TMPFILE)
		flags &= ~O_TMPFILE;
	fd = away((int)sys(openat, AT_FDCWD, image_string(&image, f->name),
			   flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
	if (fd < 0 || flags & O_PATH)
		return fd;
	r = sys(lseek, fd, f->offset, 0);
	if (r >= 0 || r == -ESPIPE)
		return set_flags(fd, f);
	sys(close, fd);
	return (int)r;
}

static const char *open_file(const struct image_file *f, unsigned long limit)
{
	int *fd = &opened[first_index(f)];

	if (f->fd >= limit)
		return error_text(-EMFILE);
	if (*fd >= 0 || is_standard(f))
		return NULL;
	if (f->kind != IMAGE_FILE_PATH)
		return file_obstacle(f);
	*fd = open_path(f);
	return *fd < 0 ? error_text(*fd) : NULL;
}

/* ---- Mapped files ------------------------------------------------------ */

/* It may be a directory by now, or where nothing may be run.  The descriptor, or
 * why it cannot be mapped. */
static int try_file(int fd, const struct image_mapping *m)
{
	unsigned long size = m->end - m->begin;
	long r = sys(mmap, NULL, size, m->protection, MAP_SHARED, fd,
		     m->offset);

	if (r < 0 && r > -4096) {
		sys(close, fd);
		return (int)r;
	}
	sys(munmap, r, size);
	return fd;
}

/* For writing too if that is possible: the process may ask for it later. */
static int open_mapped(const struct image_mapping *m)
{
	const char *path = image_string(&image, m->name);
	long fd = sys(openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC | O_NOCTTY |
		      O_NONBLOCK);

	if (fd < 0 && !(m->protection & PROT_WRITE))
		fd = sys(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC |
			 O_NOCTTY | O_NONBLOCK);
	fd = away((int)fd);
	if (fd >= 0)
		fd = try_file((int)fd, m);
	if (fd < 0)
		complain("memory at 0x%lx, %s: cannot be restored: %s",
			 (unsigned long)m->begin, path, error_text(fd));
	return (int)fd;
}

/* Mappings of one file mostly come one after another. */
static int open_mapped_files(void)
{
	struct image_mapping before = { .name = 0 };
	int fd = -1, failed = 0;

	mapped_files = allocate(image.mapping_count * sizeof *mapped_files);
	for (unsigned i = 0; i < image.mapping_count; i++) {
		struct image_mapping m = mapping_at(i);

		mapped_files[i] = -1;
		if (!(m.flags & IMAGE_MAP_FILE))
			continue;
		if (fd < 0 || m.name != before.name ||
		    m.protection & ~before.protection & PROT_WRITE)
			fd = open_mapped(&m);
		before = m;
		mapped_files[i] = fd;
		failed |= fd < 0;
	}
	return failed;
}

/* ---- All --------------------------------------------------------------- */

static unsigned long descriptor_limit(void)
{
	struct rlimit64 limit;
	long r = sys(prlimit64, 0, RLIMIT_NOFILE, NULL, &limit);

	if (r < 0)
		refuse("limit of descriptors: %s", error_text(r));
	return limit.rlim_cur;
}

void files_open(void)
{
	unsigned long limit = descriptor_limit();
	int failed;

	opened = allocate(image.file_count * sizeof *opened);
	for (unsigned i = 0; i < image.file_count; i++)
		opened[i] = -1;
	image_fd = away(image_fd);
	if (image_fd < 0)
		refuse("%s", error_text(image_fd));
	failed = open_pipes() | open_mapped_files();
	for (unsigned i = 0; i < image.file_count; i++) {
		struct image_file f = file_at(i);
		const char *why = is_wanted(&f) ? open_file(&f, limit) : NULL;

		if (!why || options.close_all)
			continue;
		complain("fd %u, %s: cannot be restored: %s "
			 "(--close %u leaves it closed)", f.fd,
			 image_string(&image, f.name), why, f.fd);
		failed = 1;
	}
	if (failed)
		exit_group(1);
}

static void place(const struct image_file *f)
{
	int from = is_standard(f) ? (int)f->same_as : opened[first_index(f)];
	int flags = f->descriptor_flags & FD_CLOEXEC ? O_CLOEXEC : 0;
	long r;

	if (from < 0)
		return;			/* --close all */
	r = f->fd <= 2 ? sys(fcntl, f->fd, F_SETFD, f->descriptor_flags) :
			 sys(dup3, from, f->fd, flags);
	if (r < 0 && !(is_standard(f) && r == -EBADF))	/* restart's is closed */
		refuse("fd %u: %s", f->fd, error_text(r));
}

unsigned files_place(void)
{
	unsigned standard = 7;

	for (unsigned i = 0; i < image.file_count; i++) {
		struct image_file f = file_at(i);

		if (!is_wanted(&f))
			continue;
		place(&f);
		if (f.fd <= 2)
			standard &= ~(1U << f.fd);
	}
	for (unsigned i = 0; i < image.file_count; i++)
		if (opened[i] >= 0)
			sys(close, opened[i]);
	return standard;
}
