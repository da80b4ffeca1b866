/* Images that are to deceive: where the parts of one are, if it says so at all;
 * notes of another size; and checksums that are right again.  For freestanding
 * programs and hosted ones. */
#ifndef FORGE_H
#define FORGE_H

#include "image.h"

struct forged {
	unsigned char *bytes;
	unsigned long size, notes, table;	/* offsets */
};

static inline int forge_parts(struct forged *f, unsigned char *bytes,
			      unsigned long size)
{
	Elf64_Ehdr h;
	Elf64_Phdr p;

	if (size < sizeof h + sizeof p)
		return 0;
	__builtin_memcpy(&h, bytes, sizeof h);
	if (h.e_phoff > size - sizeof p || h.e_phoff < sizeof h)
		return 0;
	__builtin_memcpy(&p, bytes + h.e_phoff, sizeof p);
	*f = (struct forged){ bytes, size, p.p_offset, h.e_phoff };
	return f->notes <= f->table && f->notes >= sizeof h;
}

/* A note by number, counted round, or the last: ~0.  0: notes are damaged. */
static inline unsigned long forge_note(const struct forged *f, unsigned number,
				       Elf64_Nhdr *h, unsigned long *contents)
{
	unsigned long at, next = f->notes;

	do {
		if (next == f->table)
			next = f->notes;
		at = next;
		if (f->table - at < sizeof *h)
			return 0;
		__builtin_memcpy(h, f->bytes + at, sizeof *h);
		*contents = at + sizeof *h + (h->n_namesz + 3UL) / 4 * 4;
		next = *contents + (h->n_descsz + 3UL) / 4 * 4;
		if (next > f->table)
			return 0;
	} while (number == ~0u ? next != f->table : number--);
	return at;
}

/* A part of the notes gets another size, a multiple of 4; what is behind it
 * moves, and the headers tell. */
static inline void forge_resize(struct forged *f, unsigned long at,
				unsigned long old, unsigned long new)
{
	unsigned long size;

	__builtin_memmove(f->bytes + at + new, f->bytes + at + old,
			  f->size - at - old);
	f->table += new - old;
	f->size += new - old;
	size = f->table - f->notes;
	__builtin_memcpy(f->bytes + offsetof(Elf64_Ehdr, e_phoff), &f->table, 8);
	__builtin_memcpy(f->bytes + f->table + offsetof(Elf64_Phdr, p_filesz),
			 &size, 8);
}

/* The checksums of headers and notes, be there too many words or too few. */
static inline void forge_seal(struct forged *f)
{
	__u32 sum = crc32c(0, f->bytes, sizeof(Elf64_Ehdr));
	unsigned long contents, last = f->table - 4;
	Elf64_Nhdr h;

	if (!forge_note(f, ~0u, &h, &contents) || h.n_descsz < sizeof sum)
		return;
	sum = crc32c(sum, f->bytes + f->table, f->size - f->table);
	__builtin_memcpy(f->bytes + contents, &sum, sizeof sum);
	sum = crc32c(0, f->bytes + f->notes, last - f->notes);
	__builtin_memcpy(f->bytes + last, &sum, sizeof sum);
}

/* Before that: those of the contents. */
static inline void forge_seal_contents(struct forged *f)
{
	unsigned long count = (f->size - f->table) / sizeof(Elf64_Phdr) - 1;
	unsigned long sums = f->table - 4 - 4 * count;
	Elf64_Phdr p;
	__u32 sum;

	if (sums < f->notes || sums > f->table)
		return;
	for (unsigned long i = 0; i < count; i++) {
		__builtin_memcpy(&p, f->bytes + f->table + (i + 1) * sizeof p,
				 sizeof p);
		if (p.p_offset > f->size || p.p_filesz > f->size - p.p_offset)
			continue;
		sum = crc32c(0, f->bytes + p.p_offset, p.p_filesz);
		__builtin_memcpy(f->bytes + sums + 4 * i, &sum, sizeof sum);
	}
}

#endif
