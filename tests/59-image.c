/* Case 59: the reader of images accepts a good one and refuses, with the reason,
 * every one that is cut short, has a changed bit, or says what cannot be. */
#include "lies.h"
#include "synthetic.h"
#include "test.h"

static unsigned char room[24 << 20] __attribute__((aligned(4096)));
static unsigned char table[8 << 20] __attribute__((aligned(16)));
static struct synthetic good;
static struct image image;

/* Why the file is refused; NULL: it is not. */
static const char *refusal(const struct synthetic *s)
{
	const char *why = image_header(&image, s->bytes, s->size);

	if (why)
		return why;
	CHECK(image.table_size <= sizeof table);
	memcpy(table, s->bytes + image.table_offset, image.table_size);
	why = image_table(&image, table);
	return why ? why : image_notes(&image, s->bytes + image.notes_offset);
}

static void check_refused(const struct synthetic *s, const char *expected,
			  const char *what, long which)
{
	const char *why = refusal(s);

	if (why && !strcmp(why, expected))
		return;
	eprint("%s %ld: \"%s\", not \"%s\"\n", what, which,
	       why ? why : "accepted", expected);
	process_exit(FAILED);
}

static void build(const struct synthetic_shape *shape)
{
	memset(room, 0, good.size);
	synthetic_build(&good, room, shape);
	CHECK(good.size <= sizeof room);
}

/* A note of an owner by type and number. */
static unsigned char *find_note(const char *owner, __u32 type, unsigned number)
{
	for (unsigned long at = good.notes; at < good.table;) {
		unsigned char *bytes = good.bytes + at;
		Elf64_Nhdr h;

		memcpy(&h, bytes, sizeof h);
		if (h.n_type == type && !strcmp((char *)bytes + 12, owner) &&
		    !number--)
			return bytes;
		at += sizeof h + (h.n_namesz + 3UL) / 4 * 4 +
			(h.n_descsz + 3UL) / 4 * 4;
	}
	eprint("no note %s %u\n", owner, type);
	process_exit(FAILED);
}

/* ---- Lies, and good checksums ---------------------------------------------- */

static unsigned char *find_lie(const struct lie *lie)
{
	unsigned char *at;

	if (!lie->owner)
		return good.bytes + (lie->type ? good.table : 0) + lie->at;
	at = find_note(lie->owner, lie->type, lie->number);
	if (lie->at == LIES_TYPE)
		return at + offsetof(Elf64_Nhdr, n_type);
	return at + sizeof(Elf64_Nhdr) + (strlen(lie->owner) + 4) / 4 * 4 +
		lie->at;
}

static void check_lies(void)
{
	for (unsigned i = 0; i < sizeof lies / sizeof *lies; i++) {
		const struct lie *lie = &lies[i];
		unsigned char *at = find_lie(lie), before[8];

		memcpy(before, at, lie->size);
		memcpy(at, &lie->value, lie->size);
		synthetic_repair(&good);
		check_refused(&good, lie->why, "lie", i);
		memcpy(at, before, lie->size);
	}
	synthetic_repair(&good);
	CHECK(refusal(&good) == NULL);
}

/* ---- Sizes of notes -------------------------------------------------------- */

static void check_note_sizes(void)
{
	static const __u32 sizes[] = { 0, 4, 0x7fffffff, 0xfffffffc, ~0U };
	unsigned long at = good.notes, next;
	Elf64_Nhdr h, wrong;

	for (; at < good.table; at = next) {
		memcpy(&h, good.bytes + at, sizeof h);
		next = at + sizeof h + (h.n_namesz + 3UL) / 4 * 4 +
			(h.n_descsz + 3UL) / 4 * 4;
		for (int i = 0; i < 10; i++) {
			wrong = h;
			*(i < 5 ? &wrong.n_namesz : &wrong.n_descsz) =
				sizes[i % 5];
			if (wrong.n_descsz == h.n_descsz &&
			    wrong.n_namesz == h.n_namesz)
				continue;
			memcpy(good.bytes + at, &wrong, sizeof wrong);
			synthetic_repair(&good);
			CHECK(refusal(&good) != NULL);
		}
		memcpy(good.bytes + at, &h, sizeof h);
	}
	synthetic_repair(&good);
	CHECK(refusal(&good) == NULL);
}

/* Notes of another size that are told so, and have good checksums. */
static void check_odd_sizes(void)
{
	static const char wrong[] = "has a note of the wrong size";
	static const struct { __u32 type; int by; const char *why; } odd[] = {
		{ IMAGE_PROCESS, 8, wrong },
		{ IMAGE_PROCESS, -(int)sizeof(struct image_process), wrong },
		{ IMAGE_THREAD, 4, wrong },
		{ IMAGE_THREAD, -4, wrong },
		{ IMAGE_MAPPINGS, 4, wrong },
		{ IMAGE_FILES, -4, wrong },
		{ IMAGE_PIPE, -17, wrong },
		{ IMAGE_PIPE, -6, wrong },
		{ IMAGE_SIGNALS, sizeof(struct image_signal), wrong },
		{ IMAGE_LIMITS, -(int)sizeof(struct image_limit), wrong },
		{ IMAGE_STRINGS, -(int)sizeof synthetic_strings, endless },
		{ IMAGE_STRINGS, -1, endless },
	};

	for (unsigned i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct synthetic_shape shape = lies_shape;

		shape.odd_type = odd[i].type;
		shape.odd_by = odd[i].by;
		build(&shape);
		check_refused(&good, odd[i].why, "size", i);
	}
	build(&lies_shape);
}

/* Lies that take more than one field. */
static void check_sums_note(void)
{
	static const char number[] =
		"has another number of checksums than of segments";
	struct synthetic_shape shape = lies_shape;
	Elf64_Ehdr *header = (void *)room;

	shape.odd_type = IMAGE_CHECKSUMS;	/* a word more, and all else right */
	shape.odd_by = 4;
	build(&shape);
	good.segments++;
	memcpy(find_note(IMAGE_OWNER, IMAGE_CHECKSUMS, 0) + sizeof(Elf64_Nhdr) +
	       sizeof IMAGE_OWNER + offsetof(struct image_checksums, count),
	       &lies_shape.segments, 4);
	synthetic_repair(&good);
	check_refused(&good, number, "a sum more", 0);

	build(&lies_shape);			/* a segment less */
	header->e_phnum--;
	good.size -= sizeof(Elf64_Phdr);
	synthetic_repair(&good);
	check_refused(&good, number, "a segment less", 0);

	build(&lies_shape);			/* not the last note */
	memcpy(find_note(IMAGE_OWNER, IMAGE_CHECKSUMS, 0) + sizeof(Elf64_Nhdr),
	       "other", 5);
	find_note(IMAGE_OWNER, IMAGE_LIMITS, 0)[offsetof(Elf64_Nhdr, n_type)] =
		IMAGE_CHECKSUMS & 0xff;
	synthetic_repair(&good);
	check_refused(&good, "has no checksums at the end of its notes",
		      "not last", 0);
	build(&lies_shape);
}

/* Notes that end at the table, and a segment that ends at the notes, by going
 * around all numbers. */
static void check_wrap(unsigned long notes_offset)
{
	static const struct synthetic_shape shape = {
		.segments = 1, .threads = 1
	};
	Elf64_Phdr p[2];

	build(&shape);
	memcpy(p, good.bytes + good.table, sizeof p);
	p[0].p_offset = notes_offset;
	p[0].p_filesz = good.table - notes_offset;
	p[1].p_vaddr = 0;
	p[1].p_filesz = p[1].p_memsz = notes_offset - 4096;
	memcpy(good.bytes + good.table, p, sizeof p);
	check_refused(&good, notes_place, "wrap", (long)notes_offset);
	build(&lies_shape);
}

static void check_no_threads(void)
{
	struct synthetic_shape shape = lies_shape;

	shape.threads = 0;
	build(&shape);
	check_refused(&good, threads, "threads", 0);
	build(&lies_shape);
}

static void check_pipes_of_nobody(void)
{
	struct synthetic_shape shape = lies_shape;

	shape.pipes = shape.files + 1;
	build(&shape);
	check_refused(&good, "has more pipes than descriptors", "pipes", 0);
	build(&lies_shape);
}

/* As 64-bit ELF would have it, and as nobody writes it. */
static void check_padding(void)
{
	struct synthetic_shape foreign = lies_shape;

	for (foreign.files = 0; foreign.files < 4; foreign.files++) {
		foreign.padding = 8;
		build(&foreign);
		CHECK(refusal(&good) != NULL);
	}
	build(&lies_shape);
}

/* ---- Damage ---------------------------------------------------------------- */

static void check_cut(void)
{
	struct synthetic cut = good;

	for (cut.size = 0; cut.size < good.size; cut.size++)
		check_refused(&cut, !cut.size ? "is empty" :
			      cut.size < 4 ? "is not an ELF file" : short_file,
			      "size", (long)cut.size);
	cut.size = good.size + 1;
	CHECK(refusal(&cut) != NULL);
}

static void check_flips(unsigned long begin, unsigned long end)
{
	for (unsigned long i = begin * 8; i < end * 8; i++) {
		good.bytes[i / 8] ^= (unsigned char)(1 << i % 8);
		if (!refusal(&good)) {
			eprint("bit %lu: accepted\n", i);
			process_exit(FAILED);
		}
		good.bytes[i / 8] ^= (unsigned char)(1 << i % 8);
	}
}

/* ---- What is good ---------------------------------------------------------- */

static void check_good(const struct synthetic_shape *s)
{
	unsigned long at = 0, thread_notes = 0, pipe_notes = 0;
	__u32 type, size;
	const char *why;

	build(s);
	why = refusal(&good);
	if (why)
		eprint("refused: %s\n", why);
	CHECK(why == NULL);
	CHECK_EQUAL(image.segment_count, s->segments);
	CHECK_EQUAL(image.mapping_count, 4);
	CHECK_EQUAL(image.file_count, s->files);
	while (image_next(&image, &at, &type, &size)) {
		thread_notes += type == IMAGE_THREAD;
		pipe_notes += type == IMAGE_PIPE;
	}
	CHECK_EQUAL(thread_notes, s->threads);
	CHECK_EQUAL(pipe_notes, s->pipes);
	CHECK_EQUAL(strcmp(image_string(&image, image.process.program),
			   "/bin/program"), 0);
}

/* More program headers than e_phnum can count; and so many of everything that
 * only a reader with as many steps is done in time. */
static void check_large(void)
{
	static const struct synthetic_shape
		below = { .segments = PN_XNUM - 2, .threads = 1 },
		just = { .segments = PN_XNUM - 1, .threads = 1 },
		large = { .segments = 100000, .threads = 10000, .files = 9999,
			  .pipes = 3000 };
	static const char number[] =
		"has another number of program headers than it says";
	Elf64_Ehdr *h = (void *)room;
	Elf64_Shdr *section;

	check_good(&below);
	check_good(&just);
	section = (void *)(room + good.table);
	section->sh_info++;
	synthetic_repair(&good);
	check_refused(&good, number, "sh_info", 1);
	section->sh_info--;
	section->sh_type = SHT_NOTE;
	synthetic_repair(&good);
	check_refused(&good, number, "sh_type", SHT_NOTE);
	section->sh_type = SHT_NULL;
	h->e_shnum = 0;
	check_refused(&good, sections, "e_shnum", 0);
	h->e_shnum = 1;
	h->e_shentsize = 0;
	check_refused(&good, sections, "e_shentsize", 0);
	h->e_shentsize = sizeof(Elf64_Shdr);
	h->e_shoff = good.size - 8;
	check_refused(&good, short_file, "e_shoff", -8);
	h->e_shoff = ~0UL;
	check_refused(&good, short_file, "e_shoff", -1);
	h->e_shoff = good.table - 56;
	check_refused(&good, misplaced, "e_shoff", 56);
	h->e_shoff = good.table;
	CHECK_EQUAL(strcmp(image_header(&image, h, 1UL << 40),
			   "has too many program headers"), 0);
	good.size -= 56;
	check_refused(&good, short_file, "size", -56);
	good.size += 56;
	check_good(&large);
}

int main(void)
{
	crc32c_begin();
	check_good(&(struct synthetic_shape){ .segments = 1, .threads = 1 });
	check_good(&lies_shape);
	check_lies();
	check_note_sizes();
	check_odd_sizes();
	check_sums_note();
	check_wrap(0);
	check_wrap(-4096UL);
	check_no_threads();
	check_pipes_of_nobody();
	check_cut();
	check_flips(0, sizeof(Elf64_Ehdr));
	check_flips(good.notes, good.size);
	check_padding();
	check_large();
	return 0;
}
