/* The open files.  What moves while the original runs on is noted in the stop,
 * before the fork: the offsets, which belong to the open file that both share,
 * and the contents of pipes.  The rest is found out in the copy. */
#include "writer.h"
#include <linux/stat.h>

#ifndef F_SETPIPE_SZ
#define F_SETPIPE_SZ 1031
#define F_GETPIPE_SZ 1032
#endif
#define FIONREAD 0x541b
#define SPLICE_F_NONBLOCK 2

#define for_each_file(w, f) \
	for (struct image_file *f = (void *)(w)->files.data; \
	     f < (struct image_file *)((w)->files.data + (w)->files.size); f++)

#define for_each_pipe(w, p) \
	for (struct pipe_copy *p = (void *)(w)->pipes.data; \
	     p < (struct pipe_copy *)((w)->pipes.data + (w)->pipes.size); p++)

/* ---- In the stop ------------------------------------------------------------- */

/* The contents stay where they are: tee() makes a second pipe with the same.  Other
 * processes that share the pipe are not stopped, so what it finds may be more or
 * less than there was, or nothing; it must not wait for more. */
static int copy_pipe(int fd, struct pipe_copy *copy)
{
	int ends[2], size = 0, capacity;
	long n;

	copy->fd = -1;
	n = sys(ioctl, fd, FIONREAD, &size);
	if (n < 0 || !size)
		return (int)n;
	n = sys(pipe2, ends, O_CLOEXEC);
	if (n < 0)
		return (int)n;
	capacity = (int)sys(fcntl, ends[1], F_SETPIPE_SZ, copy->capacity);
	n = sys(tee, fd, ends[1], copy->capacity, SPLICE_F_NONBLOCK);
	sys(close, ends[1]);
	copy->fd = ends[0];
	if (n < 0)
		return n == -EAGAIN ? 0 : (int)n;
	/* Over the limit of a user's, the second one is smaller. */
	return n < size && capacity < copy->capacity ? -ENOMEM : 0;
}

static struct pipe_copy *find_pipe(struct writer *w, unsigned long inode)
{
	for_each_pipe(w, p)
		if (p->inode == inode)
			return p;
	return NULL;
}

/* From here a pipe's end is known by the number of its pipe, counted from 1. */
static int note_pipe(struct writer *w, struct image_file *f,
		     unsigned long inode)
{
	struct pipe_copy *copy = find_pipe(w, inode);

	if (!copy) {
		copy = writer_add(&w->pipes, sizeof *copy);
		if (!copy)
			return -ENOMEM;
		copy->inode = inode;
		copy->fd = -1;
		copy->capacity = (int)sys(fcntl, f->fd, F_GETPIPE_SZ);
		if (copy->capacity < 0)
			return copy->capacity;
	}
	f->pipe = (__u32)(copy - (struct pipe_copy *)w->pipes.data) + 1;
	if (copy->fd < 0 && (f->flags & O_ACCMODE) != O_WRONLY)
		return copy_pipe((int)f->fd, copy);
	return 0;
}

/* What has no offset: a pipe, and much that cannot be restored.  But a file whose
 * offset cannot be had is an error. */
static int note_other(struct writer *w, struct image_file *f, long error)
{
	struct statx s;
	long r = sys(statx, f->fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO,
		     &s);

	if (r < 0)
		return (int)r;
	if ((s.stx_mode & S_IFMT) == S_IFIFO)
		return note_pipe(w, f, s.stx_ino);
	return (s.stx_mode & S_IFMT) == S_IFREG && !(f->flags & O_PATH) ?
		(int)error : 0;
}

static int note_file(struct writer *w, struct image_file *f)
{
	long offset = sys(lseek, f->fd, 0, 1 /* SEEK_CUR */);
	long flags = sys(fcntl, f->fd, F_GETFL);

	if (flags < 0)
		return (int)flags;
	f->flags = (__u32)flags;
	if (offset < 0)
		return note_other(w, f, offset);
	f->offset = (__u64)offset;
	return 0;
}

static int add_entries(struct writer *w, int directory, const char *at,
		       const char *end)
{
	const struct directory_entry *entry;
	struct image_file *f;
	const char *name;
	int fd;

	for (; at < end; at += entry->size) {
		entry = (const void *)at;
		name = entry->name;
		fd = (int)proc_parse(&name, 10);
		if (name == entry->name || fd == directory)
			continue;		/* . and .. */
		f = writer_add(&w->files, sizeof *f);
		if (!f)
			return -ENOMEM;
		f->fd = (__u32)fd;
	}
	return 0;
}

/* All are known before the first pipe is copied: a copy is not the program's.  A
 * main thread that has ended has no files any more: it is asked for one's own. */
int files_note_open(struct writer *w)
{
	char entries[4096] __attribute__((aligned(8)));
	int directory = (int)sys(openat, AT_FDCWD,
				 "/proc/thread-self/fd", O_RDONLY |
				 O_DIRECTORY | O_CLOEXEC), r = 0;
	long n;

	if (directory < 0)
		return directory;
	while (r == 0 && (n = sys(getdents64, directory, entries,
				  sizeof entries)) > 0)
		r = add_entries(w, directory, entries, entries + n);
	sys(close, directory);
	if (r == 0)
		r = (int)n;
	for_each_file(w, f)
		if (r == 0)
			r = note_file(w, f);
	return r;
}

void files_forget(struct writer *w)
{
	for_each_pipe(w, p)
		if (p->fd >= 0)
			sys(close, p->fd);
}

/* ---- In the copy --------------------------------------------------------------- */

/* A pipe is whole if the process has ends to read and to write it. */
static int is_whole_pipe(struct writer *w, __u32 pipe)
{
	int reads = 0, writes = 0;

	for_each_file(w, f) {
		if (f->pipe != pipe)
			continue;
		reads |= (f->flags & O_ACCMODE) != O_WRONLY;
		writes |= (f->flags & O_ACCMODE) != O_RDONLY;
	}
	return reads && writes;
}

static int kind_of(struct writer *w, const struct image_file *f,
		   const char *name)
{
	struct statx s;
	long r;

	if (callbacks_close((int)f->fd))
		return IMAGE_FILE_CLOSED;
	if (f->pipe && *name != '/')
		return is_whole_pipe(w, f->pipe) ? IMAGE_FILE_PIPE
						 : IMAGE_FILE_HALF_PIPE;
	if (f->pipe || *name != '/')
		return IMAGE_FILE_OTHER;
	r = sys(statx, f->fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_NLINK, &s);
	if (r < 0)
		return (int)r;
	if (!s.stx_nlink)
		return IMAGE_FILE_DELETED;
	switch (s.stx_mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFCHR:
	case S_IFBLK:
		return IMAGE_FILE_PATH;
	}
	return IMAGE_FILE_OTHER;
}

/* The same open file, not only the same file: they share their offset.  The
 * kernel is asked only where nothing else tells them apart; its descriptor, or
 * why it does not answer.  For 0, 1 and 2 that is no matter: they are restart's. */
static long find_same(struct writer *w, const struct image_file *file,
		      const char *name)
{
	int pid = (int)sys(getpid);
	long r;

	for_each_file(w, f) {
		if (f == file)
			break;
		if (f->same_as == f->fd && f->flags == file->flags &&
		    f->offset == file->offset && f->pipe == file->pipe &&
		    strcmp(w->strings.data + f->name, name) == 0) {
			r = sys(kcmp, pid, pid, KCMP_FILE, f->fd, file->fd);
			if (r == 0 || (r < 0 && file->fd > 2))
				return r ? r : f->fd;
		}
	}
	return file->fd;
}

static int describe_file(struct writer *w, struct image_file *f)
{
	char path[32], name[PATH_ROOM];
	long n, flags, same;
	int kind;

	format(path, sizeof path, "/proc/self/fd/%u", f->fd);
	n = sys(readlinkat, AT_FDCWD, path, name, sizeof name - 1);
	if (n < 0)
		return (int)n;
	name[n] = 0;
	flags = sys(fcntl, f->fd, F_GETFD);
	kind = kind_of(w, f, name);
	same = find_same(w, f, name);
	n = writer_string(w, name);
	f->descriptor_flags = (__u32)flags;
	f->kind = (__u32)kind;
	f->same_as = (__u32)same;
	f->name = (__u32)n;
	if (flags < 0 || kind < 0)
		return flags < 0 ? (int)flags : kind;
	return same < 0 ? (int)same : n < 0 ? (int)n : 0;
}

static int describe_pipe(struct writer *w, struct pipe_copy *p)
{
	struct image_pipe pipe = { (__u32)p->number, (__u32)p->capacity, 0 };
	Elf64_Nhdr *head = image_note_begin(w, IMAGE_OWNER, IMAGE_PIPE);
	struct image_pipe *to = writer_add(&w->notes, sizeof *to);
	char *bytes;
	int size = 0, r = 0;

	if (p->fd >= 0)
		r = (int)sys(ioctl, p->fd, FIONREAD, &size);
	if (r < 0)
		return r;
	bytes = writer_add(&w->notes, (size_t)size);
	if (!to || !bytes)
		return -ENOMEM;
	pipe.size = (__u32)size;
	memcpy(to, &pipe, sizeof pipe);
	for (long n; size > 0; size -= (int)n, bytes += n) {
		n = sys(read, p->fd, bytes, size);
		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
	}
	return image_note_end(w, head);
}

static int is_used(struct writer *w, __u32 pipe)
{
	for_each_file(w, f)
		if (f->pipe == pipe && f->kind == IMAGE_FILE_PIPE)
			return 1;
	return 0;
}

/* Pipes that are restored get numbers from 0, in the order of their notes. */
static int describe_pipes(struct writer *w)
{
	struct pipe_copy *first = (void *)w->pipes.data;
	int next = 0, r = 0;

	for_each_pipe(w, p) {
		if (!is_used(w, (__u32)(p - first) + 1))
			continue;
		p->number = next++;
		r = describe_pipe(w, p);
		if (r < 0)
			return r;
	}
	for_each_file(w, f)
		f->pipe = f->kind == IMAGE_FILE_PIPE ?
			  (__u32)first[f->pipe - 1].number : 0;
	return 0;
}

int files_describe_open(struct writer *w)
{
	int r = 0;

	for_each_file(w, f) {
		r = describe_file(w, f);
		if (r < 0)
			return r;
	}
	r = describe_pipes(w);
	return r ? r : image_note(w, IMAGE_OWNER, IMAGE_FILES, w->files.data,
			    w->files.size);
}
