/* What is mapped where, from /proc/self/maps of the copy, which has what the
 * original had.  Left out are what the kernel maps into each process, and the
 * writer's own region. */
#include "writer.h"

/* Whether the kernel gives every process one of these. */
static int is_kernels(const char *name)
{
	static const char *const names[] = {
		"[vdso]", "[vvar", "[vsyscall]", "[uprobes]", "[sigpage]",
		"[vectors]",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (memcmp(name, names[i], strlen(names[i])) == 0)
			return 1;
	return 0;
}

/* Shared memory without a file shows as the file that the kernel made for it. */
static int is_anonymous(const char *name)
{
	return !*name || *name == '[' || strcmp(name, "/dev/zero (deleted)") == 0;
}

static int add_mapping(struct writer *w, const struct image_mapping *m,
		       unsigned long begin, unsigned long end)
{
	struct image_mapping *to;

	if (begin >= end)
		return 0;
	to = writer_add(&w->mappings, sizeof *to);
	if (!to)
		return -ENOMEM;
	*to = *m;
	to->begin = begin;
	to->end = end;
	return 0;
}

/* The kernel shows the region and an anonymous neighbour of equal properties as
 * one. */
static int add_without_region(struct writer *w, const struct image_mapping *m)
{
	unsigned long begin = (unsigned long)w, end = begin + w->region;
	int r;

	if (m->end <= begin || m->begin >= end)
		return add_mapping(w, m, m->begin, m->end);
	r = add_mapping(w, m, m->begin, begin);
	return r < 0 ? r : add_mapping(w, m, end, m->end);
}

static const char *skip_word(const char *s)
{
	while (*s && *s != ' ')
		s++;
	while (*s == ' ')
		s++;
	return s;
}

/* begin-end rwxp offset device inode name */
static int read_mapping(struct writer *w, char *line)
{
	struct image_mapping m = { 0 };
	const char *s = line, *letters;
	long name;

	m.begin = proc_parse(&s, 16);
	s++;
	m.end = proc_parse(&s, 16);
	letters = ++s;
	s = skip_word(s);
	m.offset = proc_parse(&s, 16);
	s = skip_word(skip_word(skip_word(s)));
	if (is_kernels(s))
		return 0;
	m.protection = (letters[0] == 'r' ? PROT_READ : 0) |
		       (letters[1] == 'w' ? PROT_WRITE : 0) |
		       (letters[2] == 'x' ? PROT_EXEC : 0);
	if (letters[3] == 's')
		m.flags = IMAGE_MAP_SHARED |
			  (is_anonymous(s) ? 0 : IMAGE_MAP_FILE);
	else if (strcmp(s, "[stack]") == 0)
		m.flags = IMAGE_MAP_STACK;
	name = writer_string(w, is_anonymous(s) && *s != '[' ? "" : s);
	if (name < 0)
		return (int)name;
	m.name = (__u32)name;
	if (*s != '/' || is_anonymous(s))
		m.offset = 0;
	return add_without_region(w, &m);
}

int writer_read_mappings(struct writer *w)
{
	return writer_lines(w, "/proc/self/maps", read_mapping);
}
