/* Images made up in memory, good ones: what tests of the reader start from.  For
 * freestanding programs and hosted ones. */
#ifndef SYNTHETIC_H
#define SYNTHETIC_H

#include "arch.h"
#include "image.h"
#include <linux/mman.h>

#define SYNTHETIC_CODE  0x400000UL
#define SYNTHETIC_DATA  0x600000UL
#define SYNTHETIC_FILE  0x700000000000UL
#define SYNTHETIC_STACK 0x7fff00000000UL
#define SYNTHETIC_PRSTATUS 336

struct synthetic_shape {
	unsigned segments;		/* the first is code, the others data */
	unsigned contents;		/* that many of them are in the file */
	unsigned threads, files, pipes;
	unsigned padding;		/* of the notes; 0: 4, as it must be */
	__u32 odd_type;			/* notes of this type have so many... */
	int odd_by;			/* ...bytes more than they should */
};

struct synthetic {
	unsigned char *bytes;
	unsigned long size;
	unsigned long notes, table;	/* offsets; the table with Elf64_Shdr */
	unsigned segments;
	const struct synthetic_shape *shape;
	unsigned long note;		/* the one being built */
};

#define SYNTHETIC_PAGE 4096UL

static inline void synthetic_put(struct synthetic *s, const void *from,
				 unsigned long size)
{
	__builtin_memcpy(s->bytes + s->size, from, size);
	s->size += size;
}

static inline void synthetic_pad(struct synthetic *s)
{
	unsigned padding = s->shape->padding ? s->shape->padding : 4;

	while (s->size % padding)
		s->bytes[s->size++] = 0;
}

/* ---- Notes ----------------------------------------------------------------- */

static inline void synthetic_note_begin(struct synthetic *s, const char *owner,
					__u32 type, unsigned long size)
{
	Elf64_Nhdr h = {
		.n_namesz = (__u32)__builtin_strlen(owner) + 1,
		.n_descsz = (__u32)size, .n_type = type,
	};

	s->note = s->size;
	synthetic_put(s, &h, sizeof h);
	synthetic_put(s, owner, h.n_namesz);
	synthetic_pad(s);
}

static inline void synthetic_note_end(struct synthetic *s)
{
	Elf64_Nhdr h;

	__builtin_memcpy(&h, s->bytes + s->note, sizeof h);
	if (h.n_type == s->shape->odd_type) {
		s->size += (unsigned long)s->shape->odd_by;
		h.n_descsz += (__u32)s->shape->odd_by;
		__builtin_memcpy(s->bytes + s->note, &h, sizeof h);
	}
	synthetic_pad(s);
}

static inline void synthetic_note(struct synthetic *s, __u32 type,
				  const void *contents, unsigned long size)
{
	synthetic_note_begin(s, IMAGE_OWNER, type, size);
	synthetic_put(s, contents, size);
	synthetic_note_end(s);
}

static const char synthetic_strings[] =
	"\0/bin/program\0/home\0/tmp/file\0[stack]\0pipe:[1]";
enum { S_PROGRAM = 1, S_HOME = 14, S_FILE = 20, S_STACK = 30, S_PIPE = 38 };

static inline void synthetic_process(struct synthetic *s, unsigned threads)
{
	struct image_process p = {
		.version = IMAGE_VERSION, .page_size = SYNTHETIC_PAGE,
		.entry = SYNTHETIC_CODE, .stack = SYNTHETIC_DATA + 4096,
		.threads = threads, .pid = 1000, .umask = 022,
		.program = S_PROGRAM, .directory = S_HOME,
	};

	synthetic_note(s, IMAGE_PROCESS, &p, sizeof p);
}

static inline void synthetic_threads(struct synthetic *s, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		static const unsigned char status[SYNTHETIC_PRSTATUS];
		struct image_thread t = {
			.tp = SYNTHETIC_DATA + 512,
			.control_block = SYNTHETIC_DATA + 512,
			.context = SYNTHETIC_DATA + 768,
			.frame = i ? SYNTHETIC_STACK + 1024 : 0,
			.id = i, .tid = 1000 + i, .call = -1,
			.name = "thread",
		};

		synthetic_note_begin(s, "CORE", NT_PRSTATUS, sizeof status);
		synthetic_put(s, status, sizeof status);
		synthetic_note_end(s);
		synthetic_note(s, IMAGE_THREAD, &t, sizeof t);
	}
}

/* Data has one page with a segment and one without, by turns. */
static inline void synthetic_mappings(struct synthetic *s)
{
	struct image_mapping m[] = {
		{ .begin = SYNTHETIC_CODE, .end = SYNTHETIC_CODE + 4096,
		  .protection = PROT_READ | PROT_EXEC, .name = S_PROGRAM },
		{ .begin = SYNTHETIC_DATA,
		  .end = SYNTHETIC_DATA + s->segments * 2UL * 4096,
		  .protection = PROT_READ | PROT_WRITE, .name = S_PROGRAM },
		{ .begin = SYNTHETIC_FILE, .end = SYNTHETIC_FILE + 8192,
		  .offset = 4096, .protection = PROT_READ,
		  .flags = IMAGE_MAP_SHARED | IMAGE_MAP_FILE, .name = S_FILE },
		{ .begin = SYNTHETIC_STACK, .end = SYNTHETIC_STACK + 16384,
		  .protection = PROT_READ | PROT_WRITE,
		  .flags = IMAGE_MAP_STACK, .name = S_STACK },
	};

	synthetic_note(s, IMAGE_MAPPINGS, m, sizeof m);
}

/* Every third is a pipe, if there are any; every third is like the one before. */
static inline void synthetic_files(struct synthetic *s,
				   const struct synthetic_shape *shape)
{
	struct image_file f;

	synthetic_note_begin(s, IMAGE_OWNER, IMAGE_FILES,
			     shape->files * sizeof f);
	for (unsigned i = 0; i < shape->files; i++) {
		int pipe = i % 3 == 2 && shape->pipes;

		f = (struct image_file){
			.fd = i * 2,
			.kind = pipe ? IMAGE_FILE_PIPE : IMAGE_FILE_PATH,
			.same_as = i % 3 == 1 ? i * 2 - 2 : i * 2,
			.pipe = pipe ? i % shape->pipes : 0,
			.name = pipe ? S_PIPE : S_FILE,
		};
		synthetic_put(s, &f, sizeof f);
	}
	synthetic_note_end(s);
}

static inline void synthetic_pipes(struct synthetic *s, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct image_pipe p = { i, 65536, 5 };

		synthetic_note_begin(s, IMAGE_OWNER, IMAGE_PIPE, sizeof p + 5);
		synthetic_put(s, &p, sizeof p);
		synthetic_put(s, "hello", 5);
		synthetic_note_end(s);
	}
}

static inline void synthetic_sums(struct synthetic *s, unsigned contents)
{
	struct image_checksums sums = { .count = s->segments };
	__u32 sum;

	synthetic_note_begin(s, IMAGE_OWNER, IMAGE_CHECKSUMS,
			     sizeof sums + (s->segments + 1) * 4UL);
	synthetic_put(s, &sums, sizeof sums);
	for (unsigned i = 0; i < s->segments; i++) {
		sum = i < contents ? crc32c(0, s->bytes + (i + 1) * 4096UL,
					    4096) : 0;
		synthetic_put(s, &sum, 4);
	}
	sum = 0;
	synthetic_put(s, &sum, 4);
	synthetic_note_end(s);
}

/* ---- All ------------------------------------------------------------------- */

/* Makes the checksums of headers and notes right, wherever the notes begin to be
 * wrong: they are found from the end. */
static inline void synthetic_repair(struct synthetic *s)
{
	unsigned long last = s->table - 4;
	__u32 sum = crc32c(0, s->bytes, sizeof(Elf64_Ehdr));

	sum = crc32c(sum, s->bytes + s->table, s->size - s->table);
	__builtin_memcpy(s->bytes + last - 4UL * s->segments - 8, &sum, 4);
	sum = crc32c(0, s->bytes + s->notes, last - s->notes);
	__builtin_memcpy(s->bytes + last, &sum, 4);
}

static inline void synthetic_table(struct synthetic *s, unsigned contents)
{
	Elf64_Phdr p = {
		.p_type = PT_NOTE, .p_flags = PF_R, .p_align = 4,
		.p_offset = s->notes, .p_filesz = s->size - s->notes,
	};

	s->table = s->size;
	if (s->segments + 1 >= PN_XNUM) {
		Elf64_Shdr section = { .sh_info = s->segments + 1 };

		synthetic_put(s, &section, sizeof section);
	}
	synthetic_put(s, &p, sizeof p);
	for (unsigned i = 0; i < s->segments; i++) {
		p = (Elf64_Phdr){
			.p_type = PT_LOAD, .p_align = SYNTHETIC_PAGE,
			.p_flags = i ? PF_R | PF_W : PF_R | PF_X,
			.p_offset = ((i < contents ? i : contents) + 1) * 4096UL,
			.p_vaddr = i ? SYNTHETIC_DATA + (i - 1) * 8192UL :
				SYNTHETIC_CODE,
			.p_filesz = i < contents ? 4096 : 0, .p_memsz = 4096,
		};
		synthetic_put(s, &p, sizeof p);
	}
}

static inline void synthetic_header(struct synthetic *s)
{
	int long_table = s->segments + 1 >= PN_XNUM;
	Elf64_Ehdr h = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE, .e_machine = ARCH_MACHINE,
		.e_version = EV_CURRENT, .e_ehsize = sizeof h,
		.e_phentsize = sizeof(Elf64_Phdr), .e_phoff = s->table,
		.e_phnum = (__u16)(s->segments + 1),
	};

	if (long_table) {
		h.e_phnum = PN_XNUM;
		h.e_shoff = s->table;
		h.e_phoff += sizeof(Elf64_Shdr);
		h.e_shnum = 1;
		h.e_shentsize = sizeof(Elf64_Shdr);
	}
	__builtin_memcpy(s->bytes, &h, sizeof h);
}

/* Builds an image in bytes, of which there must be enough and all zero. */
static inline void synthetic_build(struct synthetic *s, unsigned char *bytes,
				   const struct synthetic_shape *shape)
{
	struct image_signal signals[64] = { { 0 } };
	struct image_limit limits[16] = { { 0 } };

	*s = (struct synthetic){
		.bytes = bytes, .segments = shape->segments,
		.size = 4096 * (shape->contents + 1UL), .shape = shape,
	};
	for (unsigned i = 0; i < shape->contents; i++)
		__builtin_memset(bytes + (i + 1) * 4096UL, (int)i + 1, 4096);
	s->notes = s->size;
	synthetic_process(s, shape->threads);
	synthetic_threads(s, shape->threads);
	synthetic_mappings(s);
	synthetic_files(s, shape);
	synthetic_pipes(s, shape->pipes);
	synthetic_note(s, IMAGE_SIGNALS, signals, sizeof signals);
	synthetic_note(s, IMAGE_LIMITS, limits, sizeof limits);
	synthetic_note(s, IMAGE_STRINGS, synthetic_strings,
		       sizeof synthetic_strings);
	synthetic_sums(s, shape->contents);
	synthetic_table(s, shape->contents);
	synthetic_header(s);
	synthetic_repair(s);
}

#endif
