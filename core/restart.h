/* What the files of the tool restart share.  restart.c has the order of
 * everything, reopen.c the files, restore.c the memory and the last step,
 * info.c and symbol.c what --info shows. */
#ifndef RESTART_H
#define RESTART_H

#include "image.h"
#include "thread.h"

#define PATH_SIZE 4096

/* ---- options.c --------------------------------------------------------- */

/* Copied from the arguments, which are on a stack that goes away. */
extern struct options {
	char path[PATH_SIZE];
	int info, lazy, ordered, stop, same_pid, trust;
	int close_all;
} options;

void options_read(char **argv);	/* or exits: with help, or with 2 */

/* Whether --close names this descriptor. */
int is_to_close(unsigned fd);

/* ---- restart.c --------------------------------------------------------- */

extern struct image image;
extern int image_fd;

/* Restart's own memory: its program, and behind it what allocate() adds.  The
 * image must stay clear of it, and unmaps it when it is complete. */
extern unsigned long own_begin, own_end;
void *allocate(size_t size);		/* zeroed; or refuses, if it is a lot */

extern unsigned long user_end;		/* where memory for programs ends */

/* Reads so many bytes of the image from a place in it; or refuses. */
void read_image(void *to, size_t size, unsigned long offset);

static inline struct image_mapping mapping_at(unsigned i)
{
	return image_get(image.mappings, i, struct image_mapping);
}

static inline struct image_file file_at(unsigned i)
{
	return image_get(image.files, i, struct image_file);
}

/* ---- message.c --------------------------------------------------------- */

#define LINE_SIZE (2 * PATH_SIZE + 512)
extern char line[LINE_SIZE];

/* Writes the line that format() has made of so many bytes, without what could
 * steer a terminal.  0, or why not. */
int put_line(int fd, int length);

/* One line on standard error, "restart: IMAGE: ..."; refuse() exits with 1.  A
 * bare system call writes it: good also when there is no thread pointer. */
#define complain(f, ...) put_line(2, format(line, LINE_SIZE, \
	"restart: %s: " f "\n", options.path, ##__VA_ARGS__))
#define refuse(...) (complain(__VA_ARGS__), exit_group(1))

/* ---- reopen.c ---------------------------------------------------------- */

/* Opens all files, also those that are mapped, away from the numbers that they
 * will have; or refuses, with one line for each that cannot be opened. */
void files_open(void);

extern int *mapped_files;	/* by index of mapping: its file, or -1 */

/* Moves a descriptor to a number that no file of the image needs.  The new
 * number, or an error. */
int away(int fd);

/* Gives the files their numbers.  Returns which of 0, 1 and 2 the process did
 * not have: bit n is descriptor n. */
unsigned files_place(void);

/* Index in image.files of a descriptor; -1: there is no such one. */
int file_find(unsigned fd);

/* Why a file cannot be restored whatever the circumstances; NULL: it can. */
const char *file_obstacle(const struct image_file *);

/* ---- restore.c --------------------------------------------------------- */

/* Refuses what would be more mappings than a process may have. */
void check_count(void);

/* Becomes the process of the image: closes the descriptors in the set, replaces
 * all memory and jumps. */
_Noreturn void restore(unsigned to_close);

/* ---- info.c, symbol.c -------------------------------------------------- */

_Noreturn void info(void);

/* The function at an address, of the program file that the image names, if it
 * is there and has the same code: "main+0x12" into buffer, or nothing. */
void symbol_find(unsigned long pc, char *buffer, size_t size);

#endif
