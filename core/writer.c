/* The image writer: the first task of a copy that never runs a thread.  It writes
 * the memory, then the notes and the table of what is where, and last the header;
 * and when all that is on the disk, gives the file its name. */
#include "writer.h"
#include <linux/stat.h>

#define WRITER_NAME "image writer"

/* ---- The file ------------------------------------------------------------------ */

int writer_write(int fd, const struct iovec *v, int count,
		     unsigned long offset)
{
	struct iovec piece;
	unsigned long done = 0, before = 0;
	long n;

	/* Nearly always one call does it. */
	n = sys(pwritev, fd, v, count, offset, 0);
	if (n < 0)
		return (int)n;
	for (done = (unsigned long)n; count; before += v->iov_len, v++, count--) {
		while (done < before + v->iov_len) {
			piece.iov_base = (char *)v->iov_base + (done - before);
			piece.iov_len = before + v->iov_len - done;
			n = sys(pwritev, fd, &piece, 1, offset + done, 0);
			if (n <= 0)
				return n < 0 ? (int)n : -ENOSPC;
			done += (unsigned long)n;
		}
	}
	return 0;
}

static int append(struct writer *w, void *bytes, size_t size)
{
	int r = writer_write(w->fd, &(struct iovec){ bytes, size }, 1, w->offset);

	w->offset += size;
	return r;
}

/* ---- Notes, table, header ------------------------------------------------------ */

static int add_header(struct buffer *b, const Elf64_Phdr *header)
{
	void *to = writer_add(b, sizeof *header);

	if (!to)
		return -ENOMEM;
	memcpy(to, header, sizeof *header);
	return 0;
}

static int add_table(struct writer *w, unsigned long notes_size)
{
	Elf64_Phdr header = {
		.p_type = PT_NOTE, .p_offset = w->offset,
		.p_filesz = notes_size, .p_align = 4
	};
	int r = add_header(&w->notes, &header);

	for (unsigned i = 0; i < writer_segment_count(w) && r == 0; i++) {
		struct segment *s = writer_segment(w, i);

		header = (Elf64_Phdr){
			.p_type = PT_LOAD, .p_flags = s->flags,
			.p_offset = s->offset, .p_vaddr = s->address,
			.p_filesz = s->file_size, .p_memsz = s->size,
			.p_align = page_size
		};
		r = add_header(&w->notes, &header);
	}
	return r;
}

static void make_header(struct writer *w, Elf64_Ehdr *e, unsigned long offset)
{
	unsigned count = writer_segment_count(w) + 1;

	*e = (Elf64_Ehdr){
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE, .e_machine = ARCH_MACHINE,
		.e_version = EV_CURRENT, .e_phoff = offset,
		.e_ehsize = sizeof *e, .e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (__u16)count,
	};
	if (count < PN_XNUM)
		return;
	e->e_phnum = PN_XNUM;		/* the true number is in a section */
	e->e_shoff = offset;
	e->e_phoff += sizeof(Elf64_Shdr);
	e->e_shnum = 1;
	e->e_shentsize = sizeof(Elf64_Shdr);
}

/* The checksums' note, the section and the table follow the other notes in
 * memory as in the file, so that one write does all. */
static int write_end(struct writer *w)
{
	unsigned count = writer_segment_count(w);
	size_t sums_size = sizeof(struct image_checksums) + (count + 1) * 4UL;
	Elf64_Nhdr *note = image_note_begin(w, IMAGE_OWNER, IMAGE_CHECKSUMS);
	struct image_checksums *sums = writer_add(&w->notes, sums_size);
	size_t notes_size = w->notes.size;
	Elf64_Shdr *section = NULL;
	Elf64_Ehdr header;
	int r = note && sums ? image_note_end(w, note) : -ENOMEM;

	make_header(w, &header, w->offset + notes_size);
	if (r == 0 && header.e_shnum) {
		section = writer_add(&w->notes, sizeof *section);
		if (!section)
			return -ENOMEM;
		memcpy((char *)section + offsetof(Elf64_Shdr, sh_info),
		       &(__u32){ count + 1 }, 4);
	}
	if (r == 0)
		r = add_table(w, notes_size);
	if (r < 0)
		return r;
	sums->count = count;
	sums->headers = crc32c(crc32c(0, &header, sizeof header),
			       w->notes.data + notes_size,
			       w->notes.size - notes_size);
	for (unsigned i = 0; i < count; i++)
		sums->segments[i] = writer_segment(w, i)->sum;
	sums->segments[count] = crc32c(0, w->notes.data, notes_size - 4);
	r = append(w, w->notes.data, w->notes.size);
	return r ? r : writer_write(w->fd, &(struct iovec){ &header,
				 sizeof header }, 1, 0);
}

/* ---- The whole ------------------------------------------------------------------ */

static int write_contents(struct writer *w)
{
	int r = writer_read_mappings(w);

	w->offset = page_size;
	if (r == 0)
		r = writer_memory(w);
	if (r == 0)
		r = image_describe(w);
	return r ? r : write_end(w);
}

/* Only a file may be replaced: not a device, even by root. */
static int may_replace(const char *path)
{
	struct statx s;
	long r = sys(statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &s);

	if (r < 0)
		return r == -ENOENT ? 0 : (int)r;
	if ((s.stx_mode & S_IFMT) == S_IFDIR)
		return -EISDIR;
	return (s.stx_mode & S_IFMT) == S_IFREG ||
	       (s.stx_mode & S_IFMT) == S_IFLNK ? 0 : -EEXIST;
}

/* The new name is on the disk when the directory is. */
static int sync_directory(const char *path)
{
	char directory[PATH_ROOM] = ".";
	size_t n = strlen(path);
	int fd;
	long r;

	while (n && path[n - 1] != '/')
		n--;
	if (n)
		format(directory, n + 1, "%s", path);
	fd = (int)sys(openat, AT_FDCWD, directory,
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fd;
	r = sys(fsync, fd);
	sys(close, fd);
	return r == -EINVAL ? 0 : (int)r;	/* it has nothing to sync */
}

void image_temporary_name(char *name, const char *path, int pid)
{
	format(name, PATH_ROOM, "%s.%d.tmp", path, pid);
}

static int write_file(struct writer *w)
{
	char name[PATH_ROOM];
	int r = may_replace(w->path);

	if (r < 0)
		return r;
	image_temporary_name(name, w->path, (int)sys(getpid));
	w->fd = (int)sys(openat, AT_FDCWD, name, O_RDWR | O_CREAT | O_EXCL |
			 O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->fd < 0)
		return w->fd;
	r = write_contents(w);
	if (r == 0)
		r = (int)sys(fsync, w->fd);
	if (r == 0)
		r = (int)sys(renameat2, AT_FDCWD, name, AT_FDCWD, w->path, 0);
	if (r < 0)
		sys(unlinkat, AT_FDCWD, name, 0);
	return r ? r : sync_directory(w->path);
}

static void write_and_report(void *writer)
{
	int r = write_file(writer);

	respawn_report(r);
	exit_group(r < 0);
}

/* What changes the image's memory comes before its first page is looked at. */
void image_write(void *writer)
{
	struct writer *w = writer;

	respawn_check();
	restart_note();
	program_path();
	crc32c_begin();
	sys(prctl, PR_SET_NAME, WRITER_NAME);
	run_on_stack(write_and_report, w, w->stack_end);
}
