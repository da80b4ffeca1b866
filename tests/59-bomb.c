/* Case 59: images that are made to hurt: that claim what only a hole in the file
 * has, that want work which grows with the square of their size, that name files
 * which must not be made or emptied, that would kill restart in its last step.
 * restart stands each, soon, and without much memory. */
#include "attacked.h"

#define HUGE (8UL << 40)		/* more memory than any machine has */
#define MANY 100000U			/* of anything there can be many of */

static int is_said(const char *words)
{
	size_t n = strlen(words);

	for (const char *s = attack_said; strlen(s) >= n; s++)
		if (!memcmp(s, words, n))
			return 1;
	eprint("said: %s", attack_said);
	return 0;
}

/* By the options "--" and "--lazy". */
static void check_refused(const char *why)
{
	static const char *const options[] = { "--", "--lazy" };

	for (int i = 0; i < 2; i++) {
		CHECK_EQUAL(attack(options[i]), REFUSED);
		CHECK(is_said(why));
	}
}

static void seal_and_write(void)
{
	forge_seal(&forged);
	forge_write(forged.size);
}

/* The contents of a note get another size; returns where they are. */
static void *resize_note(__u32 type, unsigned long new)
{
	Elf64_Nhdr h;
	unsigned long at = forge_find(&forged, type, &h);

	forge_resize(&forged, at, (h.n_descsz + 3UL) / 4 * 4, new);
	h.n_descsz = (__u32)new;
	memcpy(forged.bytes + at - sizeof IMAGE_OWNER - sizeof h, &h, sizeof h);
	return forged.bytes + at;
}

static void *find_in(__u32 type, unsigned long *size)
{
	Elf64_Nhdr h;
	unsigned long at = forge_find(&forged, type, &h);

	*size = h.n_descsz;
	return forged.bytes + at;
}

/* The first mapping of a kind, and where it is. */
static char *find_mapping(struct image_mapping *m,
			  int (*is)(const struct image_mapping *))
{
	unsigned long size;
	char *at = find_in(IMAGE_MAPPINGS, &size);

	for (;; at += sizeof *m, size -= sizeof *m) {
		CHECK(size >= sizeof *m);
		memcpy(m, at, sizeof *m);
		if (is(m))
			return at;
	}
}

static int is_file(const struct image_mapping *m)
{
	return !!(m->flags & IMAGE_MAP_FILE);
}

static int is_far(const struct image_mapping *m)
{
	return m->begin == FAR;
}

/* ---- The last step ------------------------------------------------------- */

/* The page on which the jump leaves its return address is not in the file. */
static void test_stack(void)
{
	struct image_process process;
	struct image_mapping m;
	unsigned long size;
	char *at;

	forge_begin();
	find_mapping(&m, is_file);
	at = find_in(IMAGE_PROCESS, &size);
	memcpy(&process, at, sizeof process);
	process.stack = m.end;
	memcpy(at, &process, sizeof process);
	seal_and_write();
	check_refused("begins on a stack that is none");
}

/* ---- Files --------------------------------------------------------------- */

/* The n-th open file, and where it is. */
static char *find_file(unsigned n, struct image_file *f)
{
	unsigned long size;
	char *at = (char *)find_in(IMAGE_FILES, &size) + n * sizeof *f;

	memcpy(f, at, sizeof *f);
	return at;
}

/* attacked_end() looks whether it is as it was. */
static void test_files(void)
{
	static const __u32 flags[] = {
		O_CREAT | O_EXCL, O_TRUNC, O_CREAT | O_TRUNC | O_APPEND, ~0U,
		020000000 /* __O_TMPFILE */, 020000000 | O_DIRECTORY,
	};
	struct image_file f;
	unsigned long size;
	char *at, *strings;

	for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
		forge_begin();
		at = find_file(3, &f);
		CHECK_EQUAL(f.fd, 3);
		f.flags |= flags[i];
		memcpy(at, &f, sizeof f);
		seal_and_write();
		CHECK(attack("--") != BROKEN);
	}
	forge_begin();			/* a name of which there is no file */
	at = find_file(3, &f);
	f.flags |= O_CREAT;
	memcpy(at, &f, sizeof f);
	strings = find_in(IMAGE_STRINGS, &size);
	CHECK_EQUAL(strcmp(strings + f.name, file_path), 0);
	strings[f.name + strlen(file_path) - 1] = 'X';
	seal_and_write();
	check_refused("cannot be restored: No such file");
}

/* ---- The square of its size ---------------------------------------------- */

/* Descriptors from 100 on: some to be opened by one name, the rest of a kind
 * that is left closed. */
static void many_files(unsigned count, unsigned open, __u32 name)
{
	struct image_file f = { .name = name };
	char *at = resize_note(IMAGE_FILES, count * sizeof f);

	for (unsigned i = 0; i < count; i++) {
		f.fd = f.same_as = 100 + i;
		f.kind = i < open ? IMAGE_FILE_PATH : IMAGE_FILE_CLOSED;
		memcpy(at + i * sizeof f, &f, sizeof f);
	}
}

/* Each file that is open looks for a number that none of the many has.  There
 * may be no such number. */
static void test_descriptors(void)
{
	struct image_file f;

	forge_begin();
	find_file(3, &f);
	many_files(MANY, MANY / 10, f.name);
	seal_and_write();
	CHECK(attack("--") != BROKEN);
}

/* Each pipe looks for its ends. */
static void test_pipes(void)
{
	struct { Elf64_Nhdr h; char owner[8]; struct image_pipe pipe; } note = {
		{ sizeof IMAGE_OWNER, sizeof note.pipe, IMAGE_PIPE },
		IMAGE_OWNER, { 2, 4096, 0 }	/* there are two */
	};
	unsigned long at, unused;
	Elf64_Nhdr h;

	forge_begin();
	many_files(6 * MANY, 0, 0);
	at = forge_note(&forged, ~0u, &h, &unused);
	forge_resize(&forged, at, 0, MANY / 4 * sizeof note);
	for (; note.pipe.number < 2 + MANY / 4; note.pipe.number++) {
		memcpy(forged.bytes + at, &note, sizeof note);
		at += sizeof note;
	}
	seal_and_write();
	CHECK_EQUAL(attack("--"), JUMPED);
}

/* Each of many files has the same name of some megabytes. */
static void test_names(void)
{
	unsigned long size, more = 8 << 20;
	char *strings;

	forge_begin();
	find_in(IMAGE_STRINGS, &size);
	many_files(MANY / 10, MANY / 10, (__u32)size);
	strings = resize_note(IMAGE_STRINGS, (size + more) / 4 * 4);
	memset(strings + size, '/', more - 4);
	strings[(size + more) / 4 * 4 - 1] = 0;
	seal_and_write();
	check_refused("has a string that is too long");
	CHECK_EQUAL(attack("--info"), REFUSED);
}

/* ---- Holes --------------------------------------------------------------- */

/* A file system may not know such sizes; 0: it does not. */
static int write_with_hole(unsigned long size)
{
	long r = system_call(__NR_truncate, attack_path, size);

	if (r < 0)
		print("a file of %lu bytes: error %ld\n", size, -r);
	return r == 0;
}

/* Program headers, so many that their number is in a section header. */
static void test_table(unsigned long size)
{
	Elf64_Ehdr *h = (void *)forged_room;

	forge_begin();
	h->e_phnum = PN_XNUM;
	h->e_shnum = 1;
	h->e_shentsize = sizeof(Elf64_Shdr);
	h->e_shoff = 4096;
	h->e_phoff = 4096 + sizeof(Elf64_Shdr);
	forge_write(4096);
	size -= (size - h->e_phoff) % sizeof(Elf64_Phdr);
	if (!write_with_hole(size))
		return;
	CHECK_EQUAL(attack("--"), REFUSED);
	CHECK_EQUAL(attack("--info"), REFUSED);
}

/* Writes an image that has a hole somewhere, before so many bytes of its end. */
static void attack_with_hole(unsigned long hole, unsigned long tail,
			     const char *why)
{
	unsigned long head = forged.size - tail;
	int fd;

	forge_write(head);
	if (!write_with_hole(forged.size + hole))
		return;
	fd = open_path(attack_path, O_WRONLY);
	CHECK_EQUAL(system_call(__NR_pwrite64, fd, forged_room + head, tail,
				head + hole), tail);
	system_call(__NR_close, fd);
	CHECK_EQUAL(attack("--"), REFUSED);
	CHECK(is_said(why));
}

/* Notes that begin where they did, before the hole. */
static void test_notes(void)
{
	Elf64_Ehdr *h = (void *)forged_room;
	Elf64_Phdr p;

	forge_begin();
	h->e_phoff += HUGE;
	memcpy(&p, forged_room + forged.table, sizeof p);
	p.p_filesz += HUGE;
	memcpy(forged_room + forged.table, &p, sizeof p);
	attack_with_hole(HUGE, forged.size - forged.table, "bytes of memory");
}

/* Memory that is one hole: the page that is FAR from the others. */
static void test_contents(void)
{
	Elf64_Ehdr *h = (void *)forged_room;
	unsigned long end = 0;
	struct image_mapping m;
	Elf64_Phdr p;
	char *at;

	forge_begin();
	at = find_mapping(&m, is_far);
	m.end += HUGE;
	memcpy(at, &m, sizeof m);
	for (unsigned long i = forged.table + sizeof p; i < forged.size;
	     i += sizeof p) {
		memcpy(&p, forged_room + i, sizeof p);
		p.p_offset += end ? HUGE : 0;
		if (p.p_vaddr == FAR) {
			end = p.p_offset + p.p_filesz;
			p.p_memsz = p.p_filesz = p.p_filesz + HUGE;
		}
		memcpy(forged_room + i, &p, sizeof p);
	}
	CHECK(end);
	memcpy(&p, forged_room + forged.table, sizeof p);
	p.p_offset += HUGE;
	memcpy(forged_room + forged.table, &p, sizeof p);
	h->e_phoff += HUGE;
	forge_seal(&forged);
	attack_with_hole(HUGE, forged.size - end, "this machine");
	CHECK_EQUAL(attack("--info"), SHOWN);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "make"))
		return make_image(argv[2]);
	attacked_begin();
	test_stack();
	test_files();
	test_descriptors();
	test_pipes();
	test_names();
	test_table(200UL << 30);
	test_table(20UL << 30);
	test_notes();
	test_contents();
	attacked_end();
	return 0;
}
