/* Case 59: whatever an image says, with checksums that are right or not, restart
 * refuses it in a line or gets as far as its jump to the image's entry: not hit
 * by a signal, in little time and memory, and with no file changed.
 *   59-attack [SEED [SECONDS]]	at random; with 0 SECONDS: the one of this seed
 *   59-attack all		every lie about every field: some minutes */
#include "attacked.h"

static unsigned long state;		/* of random_next() */
static int counts[BROKEN];
static int program_file;

static unsigned long pick(unsigned long n)
{
	return random_next(&state) % n;
}

/* ---- Lies ---------------------------------------------------------------- */

#define LIES 20

/* Where a mapping begins or ends; overlaps, and places that are none, come from
 * those. */
static __u64 edge(void)
{
	struct image_mapping m;
	Elf64_Nhdr h;
	unsigned long at = forge_find(&genuine, IMAGE_MAPPINGS, &h);

	memcpy(&m, original + at + pick(h.n_descsz / sizeof m) * sizeof m,
	       sizeof m);
	return pick(2) ? m.begin : m.end;
}

static __u64 lie_about(__u64 old, unsigned long lie)
{
	switch (lie) {
	case 0: return 0;
	case 1: return 1;
	case 2: return ~0UL;
	case 3: return old + 1;
	case 4: return old - 1;
	case 5: return old ^ 1UL << pick(64);
	case 6: return 1UL << pick(64);
	case 7: return (1UL << 31) - pick(2);
	case 8: return (1UL << 32) - 1 + pick(2);
	case 9: return (1UL << 63) - pick(2);
	case 10: return text_begin & -4096UL;		/* restart itself */
	case 11: return (text_begin & -4096UL) - 8192 + 512 * pick(2048);
	case 12: return -1UL << 47 | random_next(&state);	/* the kernel */
	case 13: return (1UL << 47) - 4096 * pick(4);
	case 14: return old + 4096 * (pick(33) - 16);
	case 15: return pick(256);
	case 16: return (__u64)random_next(&state) << 32 | random_next(&state);
	case 17: return edge();
	case 18: return edge() + 16 * (pick(33) - 16);
	default: return 4096 * pick(64);
	}
}

static void lie_at(unsigned char *at, unsigned width, unsigned long lie)
{
	__u64 value = 0;

	memcpy(&value, at, width);
	value = lie_about(value, lie);
	memcpy(at, &value, width);
}

/* A field of a structure: of 4 or 8 bytes, in the ELF header also of 2. */
static void lie_in(unsigned char *structure, unsigned long size)
{
	unsigned width = 1 << (structure == forged.bytes ? 1 + pick(3) :
			       2 + pick(2));
	unsigned char *at;

	if (size < width)
		return;
	at = structure + pick((size - width) / 4 + 1) * 4;
	lie_at(width == 2 ? at + 2 * pick(2) : at, width, pick(LIES));
}

/* One of the project's notes: the others, restart passes over. */
static unsigned long find_note(Elf64_Nhdr *h, unsigned long *contents)
{
	unsigned long at;

	do
		at = forge_note(&forged, (unsigned)pick(1000), h, contents);
	while (at && memcmp(forged.bytes + at + sizeof *h, IMAGE_OWNER,
			    sizeof IMAGE_OWNER));
	return at;
}

static void lie(void)
{
	unsigned long where = pick(16), at, contents;
	Elf64_Nhdr h;

	if (where == 0) {
		lie_in(forged.bytes, sizeof(Elf64_Ehdr));
	} else if (where == 1) {
		at = forge_find(&genuine, IMAGE_PROCESS, &h);
		lie_in(forged.bytes + at, h.n_descsz);
	} else if (where < 5) {
		lie_in(forged.bytes + forged.table +
		       sizeof(Elf64_Phdr) * pick((forged.size - forged.table) /
						 sizeof(Elf64_Phdr)),
		       sizeof(Elf64_Phdr));
	} else {
		at = find_note(&h, &contents);
		if (at && where == 5)
			lie_in(forged.bytes + at, sizeof h);
		else if (at)
			lie_in(forged.bytes + contents, h.n_descsz);
	}
}

/* ---- Other mutations ----------------------------------------------------- */

static void flip(void)
{
	unsigned long begin = pick(2) ? 0 : forged.notes;

	begin += pick(forged.size - begin);
	forged.bytes[begin] ^= (unsigned char)(1 << pick(8));
}

static void cut(void)
{
	unsigned long parts[] = { 0, forged.notes, forged.table, forged.size };
	unsigned long near = parts[pick(4)] + pick(129) - 64;

	forged.size = pick(2) || near > ROOM / 2 ? pick(forged.size + 1) : near;
}

static void splice(void)
{
	unsigned long begin = pick(4) ? forged.notes : 0;
	unsigned long room = (forged.size - begin) / 4;
	unsigned long from = pick(room), to = pick(room), most, size;

	most = room - (from > to ? from : to);
	size = 1 + pick(most < 64 ? most : 64);
	__builtin_memmove(forged.bytes + begin + 4 * to,
			  forged.bytes + begin + 4 * from, 4 * size);
}

/* A note gets some words more, or fewer; or goes; or is there twice. */
static void resize(void)
{
	unsigned long contents, at, words, old, new;
	Elf64_Nhdr h;

	at = find_note(&h, &contents);
	if (!at)
		return;
	words = (h.n_descsz + 3UL) / 4;
	if (pick(8) == 0) {
		old = contents + 4 * words - at;
		forge_resize(&forged, at, old, pick(2) ? 0 : 2 * old);
		return;
	}
	old = pick(words + 1);
	new = pick(16);
	forge_resize(&forged, contents, 4 * old, 4 * new);
	h.n_descsz = (__u32)(4 * (words - old + new)) -
		(pick(8) ? 0 : (unsigned)pick(4));
	memcpy(forged.bytes + at, &h, sizeof h);
}

/* The program file that the image names, of which --info reads the symbols: its
 * end has the tables, its begin the header. */
static void damage_program(unsigned char *before, long *offset)
{
	unsigned char bytes[64];
	long size = system_call(__NR_lseek, program_file, 0, 2), n;

	*offset = pick(2) ? (long)pick(2) * 32 :
		size - 64 * (long)(1 + pick((unsigned long)size / 64));
	n = system_call(__NR_pread64, program_file, before, 64, *offset);
	CHECK_EQUAL(n, 64);
	memcpy(bytes, before, 64);
	for (unsigned long i = 0; i <= pick(3); i++)
		lie_in(bytes, 64);
	CHECK_EQUAL(system_call(__NR_pwrite64, program_file, bytes, 64, *offset),
		    64);
}

/* ---- One attack ---------------------------------------------------------- */

static void mutate(void)
{
	unsigned long way = pick(16), count = 1 + pick(3);

	if (way == 0)
		cut();
	for (unsigned long i = 0; i < count && way; i++)
		if (way < 3)
			flip();
		else if (way < 12)
			lie();
		else if (way < 14)
			splice();
		else
			resize();
}

static int seal(void)
{
	if (pick(8) == 0 ||
	    !forge_parts(&forged, forged_room, forged.size))
		return 0;
	if (pick(4))
		forge_seal_contents(&forged);
	forge_seal(&forged);
	return 1;
}

static int is_original(void)
{
	return forged.size == original_size &&
		!memcmp(forged.bytes, original, original_size);
}

/* Whether restart stood it. */
static int try_one(void)
{
	static const char *const options[] = { "--", "--lazy", "--info" };
	const char *option = options[pick(3)];
	int with_program = option[2] == 'i' && pick(3) == 0, sealed = 0;
	unsigned char before[64];
	enum outcome outcome;
	long offset;

	forge_begin();
	if (with_program) {
		damage_program(before, &offset);
	} else {
		mutate();
		sealed = seal();
	}
	forge_write(forged.size);
	outcome = attack(option);
	if (with_program)
		system_call(__NR_pwrite64, program_file, before, 64, offset);
	if (outcome == BROKEN)
		return 0;
	counts[outcome]++;
	if (outcome != JUMPED || option[2] || sealed || is_original())
		return 1;
	eprint("a wrong checksum was not noticed\n");
	return 0;
}

static void try_all(unsigned long seed, long seconds)
{
	long end = clock_now() + seconds * SECOND, count = 0;

	do {
		state = (seed + (unsigned long)count++) * 0x9e3779b97f4a7c15;
		if (!try_one()) {
			eprint("seed %lu; the image is %s\n",
			       seed + (unsigned long)count - 1, attack_path);
			process_exit(FAILED);
		}
	} while (clock_now() < end);
	print("%ld attacks: %d refused, %d jumped, %d shown\n", count,
	      counts[REFUSED], counts[JUMPED], counts[SHOWN]);
	CHECK(count < 500 || (counts[REFUSED] && counts[JUMPED] &&
			      counts[SHOWN]));
}

/* Every lie about every field of a structure at an offset. */
static void try_fields(unsigned long begin, unsigned long size,
		       const char *option)
{
	enum outcome outcome;

	for (unsigned long i = 0; i < size / 2 * 3 * LIES; i++) {
		unsigned width = 2U << i / LIES % 3;
		unsigned long at = begin + i / LIES / 3 * 2;

		if (at % (width == 2 ? 2 : 4) || at + width > begin + size ||
		    (width == 2 && begin))
			continue;
		state = i + 1;
		forge_begin();
		lie_at(forged.bytes + at, width, i % LIES);
		if (forge_parts(&forged, forged_room, forged.size))
			forge_seal(&forged);
		forge_write(original_size);
		outcome = attack(option);
		if (outcome == BROKEN) {
			eprint("lie %lu about %u bytes at %lu, %s; the image is "
			       "%s\n", i % LIES, width, at, option, attack_path);
			process_exit(FAILED);
		}
		counts[outcome]++;
	}
}

static void try_every_field(const char *option)
{
	unsigned long contents, at, next;
	Elf64_Nhdr h;

	forge_begin();
	try_fields(0, sizeof(Elf64_Ehdr), option);
	try_fields(forged.table, original_size - forged.table, option);
	for (at = forged.notes; at < forged.table; at = next) {
		memcpy(&h, original + at, sizeof h);
		contents = at + sizeof h + (h.n_namesz + 3UL) / 4 * 4;
		next = contents + (h.n_descsz + 3UL) / 4 * 4;
		if (memcmp(original + at + sizeof h, IMAGE_OWNER,
			   sizeof IMAGE_OWNER))
			continue;
		try_fields(at, sizeof h, option);
		try_fields(contents, h.n_descsz / 4 * 4UL, option);
		forge_begin();
	}
	print("%s: %d refused, %d jumped, %d shown\n", option, counts[REFUSED],
	      counts[JUMPED], counts[SHOWN]);
	memset(counts, 0, sizeof counts);
}

/* Without a lie in it, the image would run. */
static void try_original(void)
{
	forge_begin();
	forge_write(forged.size);
	CHECK_EQUAL(attack("--"), JUMPED);
	CHECK_EQUAL(attack("--lazy"), JUMPED);
	CHECK_EQUAL(attack("--info"), SHOWN);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "make"))
		return make_image(argv[2]);
	attacked_begin();
	program_file = open_path(program_path, O_RDWR | O_CLOEXEC);
	try_original();
	if (argc == 2 && !strcmp(argv[1], "all")) {
		try_every_field("--");
		try_every_field("--lazy");
		try_every_field("--info");
	} else {
		try_all(random_seed(argc, argv),
			argc == 3 ? proc_number(argv[2]) : 4);
	}
	attacked_end();
	return 0;
}
