/* The image that attacks start from: of a small program with threads, pipes,
 * open and mapped files, all in the directory of the test.  The program is a copy
 * of the test, called with "make" and the directory. */
#ifndef ATTACKED_H
#define ATTACKED_H

#include "attack.h"
#include "forge.h"
#include <linux/mman.h>

#define FAR      0x2000000000UL	/* a page of its own */
#define ROOM     (32UL << 20)
#define UNHARMED "unharmed"

static unsigned char original[ROOM], forged_room[ROOM];
static unsigned long original_size;
static struct forged genuine;		/* original */
static struct forged forged;		/* in forged_room */
static char program_path[96], file_path[96], short_path[96];

static inline void name_files(void)
{
	format(program_path, sizeof program_path, "%s/program", image_directory);
	format(file_path, sizeof file_path, "%s/file", image_directory);
	format(short_path, sizeof short_path, "%s/short", image_directory);
	format(attack_path, sizeof attack_path, "%s/attack", image_directory);
}

static inline int open_path(const char *path, int flags)
{
	long fd = system_call(__NR_openat, AT_FDCWD, path, flags, 0700);

	CHECK(fd >= 0);
	return (int)fd;
}

/* ---- The program --------------------------------------------------------- */

static inline void *attacked_thread(void *ends)
{
	hear(ends);
	return NULL;
}

static inline void *map_pages(unsigned long at, int flags, int fd)
{
	long r = system_call(__NR_mmap, at, 8192, PROT_READ | PROT_WRITE, flags,
			     fd, 0);

	CHECK(r > 0);
	return (void *)r;
}

/* "short" is shorter than its mapping. */
static inline int make_image(const char *directory)
{
	static int silent[2];
	int ends[2], fd;

	system_call(__NR_close_range, 3, ~0U, 0);
	format(image_directory, sizeof image_directory, "%s", directory);
	format(image_path, sizeof image_path, "%s/image", directory);
	name_files();
	fd = open_path(file_path, O_RDWR | O_CREAT);
	CHECK_EQUAL(system_call(__NR_write, fd, UNHARMED, 8), 8);
	CHECK(system_call(__NR_dup, fd) > 0);
	fd = open_path(short_path, O_RDWR | O_CREAT);
	CHECK_EQUAL(system_call(__NR_ftruncate, fd, 8192), 0);
	map_pages(0, MAP_SHARED, fd);
	CHECK_EQUAL(system_call(__NR_ftruncate, fd, 0), 0);
	system_call(__NR_close, fd);
	map_pages(0, MAP_SHARED | MAP_ANONYMOUS, -1);
	*(int *)map_pages(FAR, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1) = 1;
	open_pipe(ends);
	tell(ends);
	open_pipe(silent);
	for (int i = 0; i < 2; i++)
		spawn(attacked_thread, silent);
	return checkpoint(image_path) != 0;
}

static inline void copy_program(void)
{
	static char bytes[65536];
	int from = open_path("/proc/self/exe", O_RDONLY);
	int to = open_path(program_path, O_WRONLY | O_CREAT);
	long n;

	while ((n = system_call(__NR_read, from, bytes, sizeof bytes)) > 0)
		CHECK_EQUAL(system_call(__NR_write, to, bytes, n), n);
	CHECK_EQUAL(n, 0);
	system_call(__NR_close, from);
	system_call(__NR_close, to);
}

static inline void attacked_begin(void)
{
	const char *arguments[] = { program_path, "make", image_directory,
				    NULL };
	const char *none[] = { NULL };
	unsigned long child = 1UL << (SIGCHLD - 1);
	int pid, fd;

	images_begin();
	find_text();
	name_files();
	copy_program();
	pid = fork1();
	if (pid == 0) {
		system_call(__NR_execve, program_path, arguments, none);
		process_exit(127);
	}
	reap(pid);
	fd = open_path(image_path, O_RDONLY);
	original_size = (unsigned long)system_call(__NR_read, fd, original,
						   ROOM);
	CHECK(original_size > 4096 && original_size < ROOM / 2);
	CHECK(forge_parts(&genuine, original, original_size));
	system_call(__NR_close, fd);
	CHECK_EQUAL(signal_mask(SIG_BLOCK, &child, NULL), 0);
	attack_errors = open_path(image_path, O_RDWR | O_TRUNC | O_APPEND);
}

/* Nothing that restart has opened was made, emptied or written. */
static inline void attacked_end(void)
{
	char text[16];
	int fd = open_path(file_path, O_RDONLY);

	CHECK_EQUAL(system_call(__NR_read, fd, text, sizeof text), 8);
	CHECK_EQUAL(memcmp(text, UNHARMED, 8), 0);
	CHECK_EQUAL(count_images(), 5);
	remove_file(program_path);
	remove_file(file_path);
	remove_file(short_path);
	remove_file(attack_path);
	images_end();
}

/* ---- Forging ------------------------------------------------------------- */

static inline void forge_begin(void)
{
	memcpy(forged_room, original, original_size);
	CHECK(forge_parts(&forged, forged_room, original_size));
}

/* Writes the forged image, so many bytes of it. */
static inline void forge_write(unsigned long size)
{
	static int fd = -1;

	if (fd < 0)
		fd = (int)system_call(__NR_openat, AT_FDCWD, attack_path,
				      O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	CHECK_EQUAL(system_call(__NR_ftruncate, fd, size), 0);
	CHECK_EQUAL(system_call(__NR_pwrite64, fd, forged_room, size, 0), size);
}

/* A note of the project's by type; returns where its contents are. */
static inline unsigned long forge_find(const struct forged *f, __u32 type,
				       Elf64_Nhdr *h)
{
	unsigned long contents;

	for (unsigned i = 0; i < 10000; i++) {
		CHECK(forge_note(f, i, h, &contents));
		if (h->n_type == type)
			return contents;
	}
	CHECK(!"there is such a note");
	return 0;
}

#endif
