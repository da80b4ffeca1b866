/* Reads an image, whoever wrote it: nothing of it is believed before it has been
 * checked, and what has been accepted can be used without another look.  Here:
 * where everything is, and that not a bit has changed; image_check.c goes on.
 * Pure functions of the bytes given, so that a fuzzer can call them too. */
#include "arch.h"
#include "image.h"

/* ---- The header --------------------------------------------------------- */

static int is_core(const Elf64_Ehdr *h)
{
	return h->e_ident[EI_CLASS] == ELFCLASS64 &&
		h->e_ident[EI_DATA] == ELFDATA2LSB &&
		h->e_ident[EI_VERSION] == EV_CURRENT &&
		h->e_version == EV_CURRENT && h->e_type == ET_CORE;
}

/* Fields of which only one value is ours. */
static int is_usual(const Elf64_Ehdr *h)
{
	for (int i = EI_OSABI; i < EI_NIDENT; i++)
		if (h->e_ident[i])
			return 0;
	return h->e_ehsize == sizeof *h &&
		h->e_phentsize == sizeof(Elf64_Phdr) &&
		!h->e_entry && !h->e_flags && !h->e_shstrndx;
}

/* Finds the table of a file with PN_XNUM program headers or more: their number
 * is in the section header before them, but the size of the file tells it. */
static const char *find_long_table(struct image *image)
{
	const Elf64_Ehdr *h = &image->header;
	unsigned long count;

	if (h->e_shnum != 1 || h->e_shentsize != sizeof(Elf64_Shdr))
		return "has an odd section header";
	if (h->e_shoff >= image->file_size ||
	    image->file_size - h->e_shoff < sizeof(Elf64_Shdr))
		return "is cut short";
	if (h->e_phoff != h->e_shoff + sizeof(Elf64_Shdr))
		return "has its program headers in the wrong place";
	count = (image->file_size - h->e_phoff) / sizeof(Elf64_Phdr);
	if (count < PN_XNUM)
		return "is cut short";
	if (count > 0xffffffff)
		return "has too many program headers";
	image->table_offset = h->e_shoff;
	image->table_size = sizeof(Elf64_Shdr) + count * sizeof(Elf64_Phdr);
	return NULL;
}

static const char *find_table(struct image *image)
{
	const Elf64_Ehdr *h = &image->header;

	if (h->e_phnum == PN_XNUM)
		return find_long_table(image);
	if (h->e_shoff || h->e_shnum || h->e_shentsize)
		return "has an odd section header";
	if (h->e_phnum < 2)
		return "has no memory";
	image->table_offset = h->e_phoff;
	image->table_size = h->e_phnum * sizeof(Elf64_Phdr);
	return NULL;
}

const char *image_header(struct image *image, const void *bytes,
			 unsigned long file_size)
{
	Elf64_Ehdr *h = &image->header;
	const char *why;

	*image = (struct image){ .file_size = file_size };
	if (!file_size)
		return "is empty";
	__builtin_memcpy(h, bytes,
			 file_size < sizeof *h ? file_size : sizeof *h);
	if (__builtin_memcmp(h->e_ident, ELFMAG, SELFMAG))
		return "is not an ELF file";
	if (file_size < sizeof *h)
		return "is cut short";
	if (!is_core(h))
		return "is not a 64-bit ELF core file";
	if (h->e_machine != ARCH_MACHINE)
		return "was written on another kind of processor";
	if (!is_usual(h))
		return "has an odd ELF header";
	why = find_table(image);
	if (why)
		return why;
	if (image->table_offset < sizeof *h)
		return "has its program headers in the wrong place";
	if (image->table_offset > file_size ||
	    file_size - image->table_offset < image->table_size)
		return "is cut short";
	if (file_size - image->table_offset > image->table_size)
		return "does not end where its program headers do";
	return NULL;
}

/* ---- The program headers ------------------------------------------------ */

static const char *check_note_segment(struct image *image,
				      const Elf64_Phdr *notes)
{
	if (notes->p_type != PT_NOTE || !notes->p_filesz)
		return "has no notes, or not first";
	if (notes->p_align != 4)
		return "has notes that are aligned in a foreign way";
	if (notes->p_filesz > image->table_offset ||
	    notes->p_offset != image->table_offset - notes->p_filesz)
		return "has its notes in the wrong place";
	image->notes_offset = notes->p_offset;
	image->notes_size = notes->p_filesz;
	return NULL;
}

/* end: of the segments before, in memory; offset: in the file. */
static const char *check_segment(const Elf64_Phdr *p, unsigned long page,
				 unsigned long end, unsigned long offset)
{
	if (p->p_type != PT_LOAD)
		return "has a program header of a foreign type";
	if (p->p_flags & ~(PF_R | PF_W | PF_X))
		return "has a segment with unknown flags";
	if (p->p_align != page ||
	    (p->p_vaddr | p->p_memsz | p->p_filesz) % page)
		return "has a segment that is not of whole pages";
	if (!p->p_memsz || p->p_vaddr + p->p_memsz < p->p_vaddr)
		return "has a segment of an impossible size";
	if (p->p_filesz > p->p_memsz)
		return "has a segment with more contents than memory";
	if (p->p_vaddr < end)
		return "has segments that overlap or are not in order";
	if (p->p_offset != offset)
		return "has a segment in the wrong place of the file";
	return NULL;
}

static const char *check_segments(const struct image *image)
{
	unsigned long page = image->segments[0].p_align;
	unsigned long end = 0, offset = page;

	if (page < 4096 || page > 65536 || page & (page - 1))
		return "has pages of an impossible size";
	if (image->notes_offset < page)
		return "has its notes in the wrong place";
	for (unsigned i = 0; i < image->segment_count; i++) {
		const Elf64_Phdr *p = &image->segments[i];
		const char *why = check_segment(p, page, end, offset);

		if (why)
			return why;
		if (p->p_filesz > image->notes_offset - offset)
			return "has a segment behind the notes";
		end = p->p_vaddr + p->p_memsz;
		offset += p->p_filesz;
	}
	return offset == image->notes_offset ? NULL :
		"has its notes in the wrong place";
}

const char *image_table(struct image *image, const void *bytes)
{
	const Elf64_Phdr *headers = bytes;
	unsigned long size = image->table_size;
	const char *why;

	if (image->header.e_phnum == PN_XNUM) {
		const Elf64_Shdr *section = bytes;

		headers = (const void *)(section + 1);
		size -= sizeof *section;
		if (section->sh_type != SHT_NULL ||
		    section->sh_info != size / sizeof *headers)
			return "has another number of program headers "
				"than it says";
	}
	why = check_note_segment(image, headers);
	if (why)
		return why;
	image->segments = headers + 1;
	image->segment_count = (unsigned)(size / sizeof *headers - 1);
	image->headers_sum = crc32c(crc32c(0, &image->header,
					   sizeof image->header),
				    bytes, image->table_size);
	return check_segments(image);
}

/* ---- The notes ---------------------------------------------------------- */

#define CORE_OWNER "CORE"

struct note {
	const unsigned char *owner, *contents;
	__u32 owner_size, type, size;
};

/* The types of IMAGE_OWNER's notes as numbers of elements. */
#define TYPES (IMAGE_CHECKSUMS - IMAGE_PROCESS + 1)
#define NTH(type) ((type) - IMAGE_PROCESS)

/* Notes by type: how many, and the last of them; and of NT_PRSTATUS how many. */
struct found {
	unsigned count[TYPES], threads;
	struct note note[TYPES];
	const char *odd;		/* why it will be refused; or NULL */
};

static const char lacks_note[] = "lacks a note, or has it twice";
static const char half_thread[] = "has a thread of which half is missing";

static unsigned long padded(__u32 size)
{
	return ((unsigned long)size + 3) & ~3UL;
}

/* The note at *at, which moves on.  1; 0: there is no more; -1: it is damaged. */
static int next_note(const struct image *image, unsigned long *at,
		     struct note *note)
{
	unsigned long left = image->notes_size - *at;
	const unsigned char *bytes = image->notes + *at;
	Elf64_Nhdr h;

	if (!left)
		return 0;
	if (left < sizeof h)
		return -1;
	__builtin_memcpy(&h, bytes, sizeof h);
	left -= sizeof h;
	bytes += sizeof h;
	if (padded(h.n_namesz) + padded(h.n_descsz) > left || !h.n_namesz ||
	    bytes[h.n_namesz - 1])
		return -1;
	*note = (struct note){
		.owner = bytes, .contents = bytes + padded(h.n_namesz),
		.owner_size = h.n_namesz, .type = h.n_type, .size = h.n_descsz,
	};
	*at += sizeof h + padded(h.n_namesz) + padded(h.n_descsz);
	return 1;
}

#define owned_by(note, name) ((note)->owner_size == sizeof(name) && \
	!__builtin_memcmp((note)->owner, name, sizeof(name)))

const unsigned char *image_next(const struct image *image, unsigned long *at,
				__u32 *type, __u32 *size)
{
	struct note note;

	while (next_note(image, at, &note) > 0)
		if (owned_by(&note, IMAGE_OWNER)) {
			*type = note.type;
			*size = note.size;
			return note.contents;
		}
	return NULL;
}

/* Only a damaged frame is told at once; what else is odd, when the checksums are
 * known to be good. */
static const char *find_notes(const struct image *image, struct found *found)
{
	struct note note;
	unsigned long at = 0;
	int r;

	while ((r = next_note(image, &at, &note)) > 0) {
		if (owned_by(&note, CORE_OWNER) && note.type == NT_PRSTATUS &&
		    found->threads++ != found->count[NTH(IMAGE_THREAD)])
			found->odd = half_thread;
		if (!owned_by(&note, IMAGE_OWNER))
			continue;
		if (NTH(note.type) >= TYPES) {
			found->odd = "has a note of an unknown type";
			continue;
		}
		found->count[NTH(note.type)]++;
		found->note[NTH(note.type)] = note;
	}
	return r < 0 ? "has damaged notes: sizes" : NULL;
}

static const char *check_counts(const struct image *image,
				const struct found *found)
{
	if (found->odd)
		return found->odd;
	for (int type = IMAGE_PROCESS; type <= IMAGE_CHECKSUMS; type++)
		if (type != IMAGE_THREAD && type != IMAGE_PIPE &&
		    found->count[NTH(type)] != 1)
			return lacks_note;
	if (found->threads != found->count[NTH(IMAGE_THREAD)])
		return half_thread;
	if (!found->threads || found->threads != image->process.threads)
		return "has another number of threads than it says";
	return NULL;
}

/* The checksums are the last note, and their last word is the notes' own. */
static const char *check_sums(struct image *image, const struct note *sums)
{
	const unsigned char *last = image->notes + image->notes_size - 4;
	struct image_checksums said;
	__u32 notes_sum;

	if (sums->size < sizeof said + 4 || sums->contents + sums->size !=
	    image->notes + image->notes_size)
		return "has no checksums at the end of its notes";
	__builtin_memcpy(&said, sums->contents, sizeof said);
	__builtin_memcpy(&notes_sum, last, sizeof notes_sum);
	if (sums->size != sizeof said + 4 * ((unsigned long)said.count + 1) ||
	    said.count != image->segment_count)
		return "has another number of checksums than of segments";
	if (said.headers != image->headers_sum)
		return "has damaged headers: checksum";
	if (crc32c(0, image->notes, image->notes_size - 4) != notes_sum)
		return "has damaged notes: checksum";
	image->checksums = sums->contents + sizeof said;
	return NULL;
}

/* The version comes first: all else may be different in another one. */
static const char *check_process(struct image *image, const struct note *note)
{
	struct image_process *process = &image->process;

	if (note->size < sizeof process->version)
		return "has a note of the wrong size";
	__builtin_memcpy(&process->version, note->contents,
			 sizeof process->version);
	if (process->version != IMAGE_VERSION)
		return "has another version of this format";
	if (note->size != sizeof *process)
		return "has a note of the wrong size";
	__builtin_memcpy(process, note->contents, sizeof *process);
	return NULL;
}

static const char *take_arrays(struct image *image, const struct note *note)
{
	const struct note *mappings = &note[NTH(IMAGE_MAPPINGS)];
	const struct note *files = &note[NTH(IMAGE_FILES)];
	const struct note *strings = &note[NTH(IMAGE_STRINGS)];

	if (mappings->size % sizeof(struct image_mapping) ||
	    files->size % sizeof(struct image_file) ||
	    note[NTH(IMAGE_SIGNALS)].size != 64 * sizeof(struct image_signal) ||
	    note[NTH(IMAGE_LIMITS)].size != 16 * sizeof(struct image_limit))
		return "has a note of the wrong size";
	if (!strings->size || strings->contents[0] ||
	    strings->contents[strings->size - 1])
		return "has a string without an end";
	image->mappings = mappings->contents;
	image->mapping_count = (unsigned)(mappings->size /
					  sizeof(struct image_mapping));
	image->files = files->contents;
	image->file_count = (unsigned)(files->size / sizeof(struct image_file));
	image->signals = note[NTH(IMAGE_SIGNALS)].contents;
	image->limits = note[NTH(IMAGE_LIMITS)].contents;
	image->strings = strings->contents;
	image->strings_size = strings->size;
	return NULL;
}

const char *image_notes(struct image *image, const void *bytes)
{
	struct found found = { 0 };
	const char *why;

	image->notes = bytes;
	why = find_notes(image, &found);
	if (why)
		return why;
	if (!found.count[NTH(IMAGE_CHECKSUMS)] ||
	    !found.count[NTH(IMAGE_PROCESS)])
		return lacks_note;
	why = check_sums(image, &found.note[NTH(IMAGE_CHECKSUMS)]);
	if (!why)
		why = check_process(image, &found.note[NTH(IMAGE_PROCESS)]);
	if (!why)
		why = check_counts(image, &found);
	if (!why)
		why = take_arrays(image, found.note);
	return why ? why : image_contents(image);
}
