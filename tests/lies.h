/* What an image must not say: each lie is one field of a good image, changed, and
 * why the reader then refuses it, although the checksums are right. */
#ifndef LIES_H
#define LIES_H

#include "synthetic.h"
#include <stddef.h>

struct lie {
	const char *owner;		/* of the note; NULL: in a header... */
	__u32 type;			/* ...the ELF header's (0), the table's */
	unsigned number;		/* which note of the type */
	unsigned long at, size;		/* the field, in the contents */
	__u64 value;
	const char *why;
};

#define IN(type, number, t, i, field, value, why) { IMAGE_OWNER, type, number, \
	(i) * sizeof(struct t) + offsetof(struct t, field), \
	sizeof ((struct t *)0)->field, value, why }
#define PROCESS(field, value, why) \
	IN(IMAGE_PROCESS, 0, image_process, 0, field, value, why)
#define THREAD(i, field, value, why) \
	IN(IMAGE_THREAD, i, image_thread, 0, field, value, why)
#define MAPPING(i, field, value, why) \
	IN(IMAGE_MAPPINGS, 0, image_mapping, i, field, value, why)
#define FILE(i, field, value, why) \
	IN(IMAGE_FILES, 0, image_file, i, field, value, why)
#define PIPE(i, field, value, why) \
	IN(IMAGE_PIPE, i, image_pipe, 0, field, value, why)
#define LIES_TYPE -1UL		/* as a place: the type of the note itself */
#define TYPE(owner, type, number, value, why) \
	{ owner, type, number, LIES_TYPE, 4, value, why }
#define BYTE(type, at, value, why) { IMAGE_OWNER, type, 0, at, 1, value, why }

#define HEADER(field, value, why) \
	{ NULL, 0, 0, offsetof(Elf64_Ehdr, field), \
	  sizeof ((Elf64_Ehdr *)0)->field, value, why }
#define IDENT(i, value, why) { NULL, 0, 0, i, 1, value, why }
#define SEGMENT(i, field, value, why) \
	{ NULL, 1, 0, (i) * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, field), \
	  sizeof ((Elf64_Phdr *)0)->field, value, why }

/* Segments: code; data, 0x600000 to 0x601000 and 0x602000 to 0x603000.  Mappings:
 * code, data up to 0x606000, a file, a stack.  Files: 0, 2 like 0, 4 a pipe, 6,
 * 8 like 6. */
static const struct synthetic_shape lies_shape = {
	.segments = 3, .contents = 2, .threads = 2, .files = 5, .pipes = 2,
};

static const char
	not_core[] = "is not a 64-bit ELF core file",
	odd_header[] = "has an odd ELF header",
	short_file[] = "is cut short",
	misplaced[] = "has its program headers in the wrong place",
	sections[] = "has an odd section header",
	no_notes[] = "has no notes, or not first",
	notes_place[] = "has its notes in the wrong place",
	segment_place[] = "has a segment in the wrong place of the file",
	segment_pages[] = "has a segment that is not of whole pages",
	segment_order[] = "has segments that overlap or are not in order",
	unmapped[] = "has memory without a mapping",
	lacks[] = "lacks a note, or has it twice",
	half[] = "has a thread of which half is missing",
	threads[] = "has another number of threads than it says",
	mapping_pages[] = "has a mapping that is not of whole pages",
	mapping_order[] = "has mappings that overlap or are not in order",
	mapping_flags[] = "has a mapping with unknown flags",
	no_string[] = "has a string outside its strings",
	endless[] = "has a string without an end",
	same_as[] = "has a descriptor like one that is not there",
	twice[] = "has descriptors twice or not in order",
	bytes_in_pipe[] = "has a pipe with another number of bytes than it says";

static const struct lie lies[] = {
	IDENT(0, 0, "is not an ELF file"),
	IDENT(EI_CLASS, ELFCLASS32, not_core),
	IDENT(EI_DATA, ELFDATA2MSB, not_core),
	IDENT(EI_VERSION, 2, not_core),
	IDENT(EI_OSABI, 3, odd_header),
	IDENT(15, 1, odd_header),
	HEADER(e_type, ET_EXEC, not_core),
	HEADER(e_version, 2, not_core),
	HEADER(e_machine, EM_SPARCV9,
	       "was written on another kind of processor"),
	HEADER(e_ehsize, 52, odd_header),
	HEADER(e_phentsize, 32, odd_header),
	HEADER(e_phentsize, 0, odd_header),
	HEADER(e_phoff, 0, misplaced),
	HEADER(e_phoff, ~0UL, short_file),
	HEADER(e_phoff, 4096, "does not end where its program headers do"),
	HEADER(e_phnum, 0, "has no memory"),
	HEADER(e_phnum, 1, "has no memory"),
	HEADER(e_phnum, 3, "does not end where its program headers do"),
	HEADER(e_phnum, 5, short_file),
	HEADER(e_phnum, PN_XNUM, sections),
	HEADER(e_shnum, 1, sections),
	HEADER(e_shoff, 4096, sections),
	HEADER(e_shentsize, sizeof(Elf64_Shdr), sections),

	SEGMENT(0, p_type, PT_LOAD, no_notes),
	SEGMENT(0, p_filesz, 0, no_notes),
	SEGMENT(0, p_align, 8, "has notes that are aligned in a foreign way"),
	SEGMENT(0, p_offset, 0, notes_place),
	SEGMENT(0, p_offset, ~0UL, notes_place),
	SEGMENT(0, p_filesz, ~0UL, notes_place),
	SEGMENT(0, p_filesz, 4, notes_place),
	SEGMENT(1, p_type, PT_NOTE, "has a program header of a foreign type"),
	SEGMENT(2, p_flags, 8, "has a segment with unknown flags"),
	SEGMENT(1, p_align, 0, "has pages of an impossible size"),
	SEGMENT(1, p_align, 2048, "has pages of an impossible size"),
	SEGMENT(1, p_align, 12288, "has pages of an impossible size"),
	SEGMENT(1, p_align, 1UL << 32, "has pages of an impossible size"),
	SEGMENT(1, p_align, 8192, segment_pages),
	SEGMENT(2, p_align, 8192, segment_pages),
	SEGMENT(2, p_vaddr, 0x600010, segment_pages),
	SEGMENT(2, p_memsz, 4097, segment_pages),
	SEGMENT(2, p_filesz, 4095, segment_pages),
	SEGMENT(2, p_filesz, 8192,
		"has a segment with more contents than memory"),
	SEGMENT(3, p_memsz, 0, "has a segment of an impossible size"),
	SEGMENT(3, p_memsz, -4096UL, "has a segment of an impossible size"),
	SEGMENT(2, p_memsz, 0x3000, segment_order),
	SEGMENT(3, p_vaddr, 0x600000, segment_order),
	SEGMENT(3, p_vaddr, 0x500000, segment_order),
	SEGMENT(1, p_offset, 0, segment_place),
	SEGMENT(2, p_offset, 4096, segment_place),
	SEGMENT(3, p_offset, 0, segment_place),
	SEGMENT(3, p_offset, ~0UL << 12, segment_place),
	SEGMENT(3, p_filesz, 4096, "has a segment behind the notes"),
	SEGMENT(2, p_filesz, 0, segment_place),
	SEGMENT(3, p_vaddr, 0x606000, unmapped),
	SEGMENT(3, p_vaddr, 0x7fff00004000, unmapped),
	SEGMENT(3, p_memsz, 0x5000, unmapped),

	TYPE(IMAGE_OWNER, IMAGE_LIMITS, 0, IMAGE_SIGNALS, lacks),
	TYPE(IMAGE_OWNER, IMAGE_PROCESS, 0, IMAGE_LIMITS, lacks),
	TYPE(IMAGE_OWNER, IMAGE_CHECKSUMS, 0, IMAGE_LIMITS, lacks),
	TYPE(IMAGE_OWNER, IMAGE_LIMITS, 0, IMAGE_CHECKSUMS + 1,
	     "has a note of an unknown type"),
	TYPE(IMAGE_OWNER, IMAGE_PIPE, 0, IMAGE_PROCESS - 1,
	     "has a note of an unknown type"),
	TYPE(IMAGE_OWNER, IMAGE_THREAD, 0, IMAGE_PIPE, half),
	TYPE(IMAGE_OWNER, IMAGE_THREAD, 1, IMAGE_PIPE, half),
	/* The end of the owner's name, 8 bytes with its padding. */
	{ "CORE", NT_PRSTATUS, 0, -4UL, 1, 'x', "has damaged notes: sizes" },
	TYPE("CORE", NT_PRSTATUS, 0, NT_PRPSINFO, half),
	TYPE("CORE", NT_PRSTATUS, 1, NT_PRPSINFO, half),

	PROCESS(version, IMAGE_VERSION + 1,
		"has another version of this format"),
	PROCESS(version, 0, "has another version of this format"),
	PROCESS(page_size, 16384, "has pages of two sizes"),
	PROCESS(threads, 0, threads),
	PROCESS(threads, 1, threads),
	PROCESS(threads, 3, threads),
	PROCESS(threads, 1000000000, threads),
	PROCESS(program, sizeof synthetic_strings, no_string),
	PROCESS(directory, ~0U, no_string),
	PROCESS(zero, 1, "has an odd description of the process"),
	PROCESS(umask, 01000, "has an odd description of the process"),
	PROCESS(entry, 0, "begins in memory that cannot be run"),
	PROCESS(entry, 0x600000, "begins in memory that cannot be run"),
	PROCESS(entry, 0x401000, "begins in memory that cannot be run"),
	PROCESS(stack, 0, "begins on a stack that is none"),
	PROCESS(stack, 0x600000, "begins on a stack that is none"),
	PROCESS(stack, 0x600808, "begins on a stack that is none"),
	PROCESS(stack, 0x400800, "begins on a stack that is none"),

	THREAD(1, control_block, 0, "has a thread without a control block"),
	THREAD(0, context, 0x400000, "has a thread without a context"),
	THREAD(1, frame, 0x606000, "has a thread without a signal frame"),
	THREAD(1, tp, 0x606001, "has a thread without a thread pointer"),
	THREAD(1, tp, 0, "has a thread without a thread pointer"),
	BYTE(IMAGE_THREAD, offsetof(struct image_thread, name) + 15, 'x',
	     "has a thread with a name without an end"),

	MAPPING(0, end, 0x400000, mapping_pages),
	MAPPING(0, end, 0x3ff000, mapping_pages),
	MAPPING(0, begin, 0x400800, mapping_pages),
	MAPPING(3, end, 0x7fff00004001, mapping_pages),
	MAPPING(3, end, 0, mapping_pages),
	MAPPING(0, end, 0x601000, mapping_order),
	MAPPING(1, begin, 0x3ff000, mapping_order),
	MAPPING(2, begin, 0x1000, mapping_order),
	MAPPING(1, protection, 8, mapping_flags),
	MAPPING(1, protection, PROT_GROWSDOWN, mapping_flags),
	MAPPING(1, flags, 8, mapping_flags),
	MAPPING(1, zero, 1, mapping_flags),
	MAPPING(2, flags, IMAGE_MAP_FILE,
		"has a mapping with flags that exclude one another"),
	MAPPING(3, flags, IMAGE_MAP_STACK | IMAGE_MAP_SHARED,
		"has a mapping with flags that exclude one another"),
	MAPPING(2, name, 0, "has a mapping of a file without a name"),
	MAPPING(2, name, ~0U, no_string),
	MAPPING(1, flags, IMAGE_MAP_SHARED | IMAGE_MAP_FILE,
		"has contents for memory that is in a file"),
	MAPPING(2, offset, 1, "has a mapping of an impossible part of a file"),
	MAPPING(2, offset, -8192UL,
		"has a mapping of an impossible part of a file"),
	MAPPING(2, offset, -4096UL,
		"has a mapping of an impossible part of a file"),
	MAPPING(2, offset, (1UL << 63) - 4096,
		"has a mapping of an impossible part of a file"),
	MAPPING(1, begin, 0x601000, unmapped),
	MAPPING(1, end, 0x602000, unmapped),

	FILE(4, fd, 0x80000000, "has an impossible descriptor"),
	FILE(0, kind, 0, "has an open file of an unknown kind"),
	FILE(0, kind, IMAGE_FILE_OTHER + 1,
	     "has an open file of an unknown kind"),
	FILE(0, zero, 1, "has an open file of an unknown kind"),
	FILE(3, name, sizeof synthetic_strings, no_string),
	FILE(3, name, 0, "has an open file without a name"),
	FILE(2, pipe, 2, "has a descriptor of a pipe that is not there"),
	FILE(2, pipe, ~0U, "has a descriptor of a pipe that is not there"),
	FILE(0, same_as, 2, same_as),
	FILE(2, same_as, 6, same_as),
	FILE(1, same_as, 1, same_as),
	FILE(1, same_as, 3, same_as),
	FILE(3, same_as, 2, same_as),
	FILE(0, same_as, ~0U, same_as),
	FILE(1, fd, 0, twice),
	FILE(1, fd, 5, twice),

	PIPE(1, number, 0, "has pipes that are not in order"),
	PIPE(0, number, 2, "has pipes that are not in order"),
	PIPE(0, capacity, 4, bytes_in_pipe),
	PIPE(0, size, 4, bytes_in_pipe),
	PIPE(0, size, 0xfffffff9, bytes_in_pipe),

	IN(IMAGE_LIMITS, 0, image_limit, 15, soft, 1,
	   "has an impossible limit"),
	BYTE(IMAGE_STRINGS, 0, 'x', endless),
	BYTE(IMAGE_STRINGS, sizeof synthetic_strings - 1, 'x', endless),
	IN(IMAGE_CHECKSUMS, 0, image_checksums, 0, count, 2,
	   "has another number of checksums than of segments"),
	IN(IMAGE_CHECKSUMS, 0, image_checksums, 0, count, ~0U,
	   "has another number of checksums than of segments"),
};

#endif
