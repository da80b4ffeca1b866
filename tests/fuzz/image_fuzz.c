/* Feeds the reader of images with whatever libFuzzer makes up.  Each step gets
 * exactly the bytes it is promised, in memory of just that size, and what is
 * accepted is used as restart uses it: AddressSanitizer notices a byte too far.
 * The mutator keeps the parts where the headers say, and the checksums right, or
 * nothing behind them would ever be tried. */
#include "forge.h"
#include <stdint.h>
#include <string.h>

/* stdlib.h and the kernel's headers, which arch.h includes, are at odds. */
void *malloc(size_t);
void free(void *);
_Noreturn void abort(void);

size_t LLVMFuzzerMutate(uint8_t *, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *, size_t size, size_t max_size,
			       unsigned seed);
int LLVMFuzzerTestOneInput(const uint8_t *, size_t size);

static volatile unsigned used;

static void *copy_of(const void *bytes, size_t size)
{
	void *copy = malloc(size);

	if (!copy)
		abort();
	return memcpy(copy, bytes, size);
}

/* ---- What is accepted must be usable --------------------------------------- */

static void use(const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		used += ((const unsigned char *)bytes)[i];
}

static void use_string(const struct image *image, __u32 at)
{
	if (at >= image->strings_size)
		abort();
	use(image_string(image, at), strlen(image_string(image, at)));
}

static void use_arrays(const struct image *image)
{
	for (unsigned i = 0; i < image->mapping_count; i++)
		use_string(image, image_get(image->mappings, i,
					    struct image_mapping).name);
	for (unsigned i = 0; i < image->file_count; i++)
		use_string(image, image_get(image->files, i,
					    struct image_file).name);
	use(image->signals, 64 * sizeof(struct image_signal));
	use(image->limits, 16 * sizeof(struct image_limit));
	use(image->checksums, (image->segment_count + 1) * 4UL);
	use_string(image, image->process.program);
	use_string(image, image->process.directory);
}

static void use_notes(const struct image *image)
{
	const unsigned char *contents;
	unsigned long at = 0;
	unsigned threads = 0, pipes = 0;
	__u32 type, size;

	while ((contents = image_next(image, &at, &type, &size))) {
		use(contents, size);
		threads += type == IMAGE_THREAD;
		if (type == IMAGE_PIPE) {
			use(contents + sizeof(struct image_pipe),
			    image_get(contents, 0, struct image_pipe).size);
			pipes++;
		}
	}
	if (!threads || threads != image->process.threads)
		abort();
	for (unsigned i = 0; i < image->file_count; i++) {
		struct image_file f = image_get(image->files, i,
						struct image_file);

		if (f.kind == IMAGE_FILE_PIPE && f.pipe >= pipes)
			abort();
	}
}

/* Contents are in the file, and nothing is mapped twice. */
static void use_segments(const struct image *image)
{
	unsigned long end = 0;

	for (unsigned i = 0; i < image->segment_count; i++) {
		const Elf64_Phdr *p = &image->segments[i];

		if (p->p_offset > image->file_size ||
		    p->p_filesz > image->file_size - p->p_offset ||
		    p->p_vaddr < end || p->p_vaddr + p->p_memsz <= p->p_vaddr)
			abort();
		end = p->p_vaddr + p->p_memsz;
	}
}

/* ---- One input ------------------------------------------------------------- */

static void check_reason(const char *why)
{
	if (why && (strlen(why) < 5 || strlen(why) > 70))
		abort();
}

static void read_notes(struct image *image, const uint8_t *file)
{
	void *bytes = copy_of(file + image->notes_offset, image->notes_size);
	const char *why = image_notes(image, bytes);

	check_reason(why);
	if (!why) {
		use_segments(image);
		use_arrays(image);
		use_notes(image);
	}
	free(bytes);
}

static const char *read_header(struct image *image, const uint8_t *file,
			       size_t size)
{
	void *bytes = copy_of(file, size < 64 ? size : 64);
	const char *why = image_header(image, bytes, size);

	check_reason(why);
	free(bytes);
	if (!why && (image->table_offset > size ||
		     image->table_size > size - image->table_offset))
		abort();
	return why;
}

int LLVMFuzzerTestOneInput(const uint8_t *file, size_t size)
{
	struct image image;
	const char *why;
	void *table;

	if (read_header(&image, file, size))
		return 0;
	table = copy_of(file + image.table_offset, image.table_size);
	why = image_table(&image, table);
	check_reason(why);
	if (!why && (image.notes_offset > size ||
		     image.notes_size > size - image.notes_offset))
		abort();
	if (!why)
		read_notes(&image, file);
	free(table);
	return 0;
}

/* ---- The mutator ----------------------------------------------------------- */

/* Mutates a part of the notes; what is behind it moves.  Returns its new size,
 * which is a multiple of 4. */
static size_t mutate_part(struct forged *f, size_t begin, size_t old,
			  size_t max_size)
{
	size_t most = max_size - (f->size - old), new;
	uint8_t *part = malloc(most);

	if (!part)
		abort();
	memcpy(part, f->bytes + begin, old);
	new = LLVMFuzzerMutate(part, old, most) / 4 * 4;
	forge_resize(f, begin, old, new);
	memcpy(f->bytes + begin, part, new);
	free(part);
	return new;
}

/* Mutates the contents of one note, which can get larger or smaller. */
static void mutate_note(struct forged *f, unsigned number, size_t max_size)
{
	Elf64_Nhdr h;
	size_t contents, at = forge_note(f, number, &h, &contents);

	if (!at)
		return;
	h.n_descsz = (__u32)mutate_part(f, contents, (h.n_descsz + 3UL) / 4 * 4,
					max_size);
	memcpy(f->bytes + at, &h, sizeof h);
}

size_t LLVMFuzzerCustomMutator(uint8_t *file, size_t size, size_t max_size,
			       unsigned seed)
{
	unsigned way = seed % 16, number = seed / 16 % 16;
	struct forged f;

	if (way == 0 || !forge_parts(&f, file, size))
		return LLVMFuzzerMutate(file, size, max_size);
	if (way == 1)
		LLVMFuzzerMutate(file, 64, 64);
	else if (way < 5)
		LLVMFuzzerMutate(file + f.table, size - f.table,
				 size - f.table);
	else if (way < 8)
		mutate_part(&f, f.notes, f.table - f.notes, max_size);
	else
		mutate_note(&f, number, max_size);
	size = f.size;
	if (forge_parts(&f, file, size))
		forge_seal(&f);
	return size;
}
