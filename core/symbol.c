/* Names for addresses, from the symbol table of the program file: what --info
 * tells about a thread.  The file may have changed since; so it is believed
 * only if the code at the address is the same in both, and every offset is
 * checked. */
#include "restart.h"
#include <linux/stat.h>

#define STT_IS_FUNCTION(info) (((info) & 15) == 2)
#define SAME_CODE 64		/* bytes compared */

static struct {
	const unsigned char *bytes;
	unsigned long size;
	Elf64_Ehdr header;
	int is_tried;
} program;

/* A part of the file, if it is in the file. */
static const void *part(unsigned long offset, unsigned long size)
{
	if (offset > program.size || size > program.size - offset)
		return NULL;
	return program.bytes + offset;
}

static void open_program(void)
{
	struct statx status;
	const Elf64_Ehdr *h = &program.header;
	long fd, r;

	program.is_tried = 1;
	fd = sys(openat, AT_FDCWD, image_string(&image, image.process.program),
		 O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return;
	if (sys(statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE,
		&status) == 0 && S_ISREG(status.stx_mode) &&
	    status.stx_size >= sizeof *h) {
		r = sys(mmap, NULL, status.stx_size, PROT_READ, MAP_PRIVATE,
			fd);
		if ((unsigned long)r < -page_size) {
			program.bytes = (const void *)r;
			program.size = status.stx_size;
			__builtin_memcpy(&program.header, program.bytes,
					 sizeof program.header);
		}
	}
	sys(close, fd);
	if (memcmp(h->e_ident, ELFMAG, SELFMAG) ||
	    h->e_machine != image.header.e_machine ||
	    h->e_ident[EI_CLASS] != ELFCLASS64)
		program.size = 0;
}

/* ---- Is it the same program? ------------------------------------------- */

/* Where the program was mapped, at the lowest. */
static unsigned long mapped_at(void)
{
	const char *name = image_string(&image, image.process.program);

	for (unsigned i = 0; i < image.mapping_count; i++) {
		struct image_mapping m = mapping_at(i);

		if (!strcmp(image_string(&image, m.name), name))
			return m.begin;
	}
	return 0;
}

/* The file's bytes for an address as the linker counts. */
static const void *code_at(unsigned long address, unsigned long *lowest)
{
	const Elf64_Ehdr *h = &program.header;
	const void *code = NULL;

	*lowest = ~0UL;
	for (unsigned i = 0; i < h->e_phnum; i++) {
		const void *at = part(h->e_phoff + i * sizeof(Elf64_Phdr),
				      sizeof(Elf64_Phdr));
		Elf64_Phdr p;

		if (!at)
			return NULL;
		__builtin_memcpy(&p, at, sizeof p);
		if (p.p_type != PT_LOAD)
			continue;
		if (p.p_vaddr < *lowest)
			*lowest = p.p_vaddr & -page_size;
		if (address - p.p_vaddr < p.p_filesz &&
		    p.p_filesz - (address - p.p_vaddr) >= SAME_CODE)
			code = part(p.p_offset + (address - p.p_vaddr),
				    SAME_CODE);
	}
	return code;
}

/* The image's bytes at an address, in one of its segments. */
static int read_code(unsigned long address, unsigned char *code)
{
	for (unsigned i = 0; i < image.segment_count; i++) {
		const Elf64_Phdr *p = &image.segments[i];
		unsigned long at = address - p->p_vaddr;

		if (address < p->p_vaddr || at >= p->p_filesz)
			continue;
		if (p->p_filesz - at < SAME_CODE)
			return 0;
		read_image(code, SAME_CODE, p->p_offset + at);
		return 1;
	}
	return 0;
}

/* By how much the program was moved when it was loaded. */
static int find_bias(unsigned long pc, unsigned long *bias)
{
	unsigned char code[SAME_CODE];
	unsigned long lowest;
	const void *in_file;

	code_at(0, &lowest);
	*bias = mapped_at() - lowest;
	in_file = code_at(pc - *bias, &lowest);
	return in_file && read_code(pc, code) &&
		!memcmp(in_file, code, SAME_CODE);
}

/* ---- Its symbols ------------------------------------------------------- */

static int read_section(unsigned index, Elf64_Shdr *section)
{
	const Elf64_Ehdr *h = &program.header;
	const void *at = part(h->e_shoff + index * sizeof *section,
			      sizeof *section);

	if (!at || index >= h->e_shnum || h->e_shentsize != sizeof *section)
		return 0;
	__builtin_memcpy(section, at, sizeof *section);
	return part(section->sh_offset, section->sh_size) != NULL;
}

static void search(const Elf64_Shdr *symbols, const Elf64_Shdr *strings,
		   unsigned long address, char *buffer, size_t size)
{
	const unsigned char *table = program.bytes + symbols->sh_offset;
	const char *names = (const char *)program.bytes + strings->sh_offset;
	unsigned long count = symbols->sh_size / sizeof(Elf64_Sym);

	if (!strings->sh_size || names[strings->sh_size - 1])
		return;
	for (unsigned long i = 0; i < count; i++) {
		Elf64_Sym s = image_get(table, i, Elf64_Sym);

		if (!STT_IS_FUNCTION(s.st_info) ||
		    s.st_name >= strings->sh_size ||
		    address - s.st_value >= (s.st_size ? s.st_size : 1))
			continue;
		format(buffer, size, "%s+0x%lx", names + s.st_name,
		       address - (unsigned long)s.st_value);
		return;
	}
}

void symbol_find(unsigned long pc, char *buffer, size_t size)
{
	Elf64_Shdr symbols, strings;
	unsigned long bias;

	*buffer = 0;
	if (!program.is_tried)
		open_program();
	if (!program.size || !find_bias(pc, &bias))
		return;
	for (unsigned i = 0; i < program.header.e_shnum; i++)
		if (read_section(i, &symbols) &&
		    symbols.sh_type == SHT_SYMTAB &&
		    read_section(symbols.sh_link, &strings)) {
			search(&symbols, &strings, pc - bias, buffer, size);
			return;
		}
}
