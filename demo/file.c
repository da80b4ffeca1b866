/* demo: the picture as a file (PPM: a line of text, then three bytes a pixel).
 * Each write names its offset and leaves the file's own position alone: that
 * belongs to the open file, which all copies of a process share. */
#include "demo.h"
#include <linux/fcntl.h>
#include <linux/stat.h>

#define HEADER_MAX 64

static int header(char *buffer)
{
	return format(buffer, HEADER_MAX, "P6\n%d %d\n255\n",
		      options.width * picture_columns(),
		      options.height * picture_lines());
}

static long write_all(int fd, const void *from, size_t size, size_t offset)
{
	const char *bytes = from;
	long done;

	while (size > 0) {
		done = system_call(__NR_pwrite64, fd, bytes, size, offset);
		if (done == 0)
			return -EIO;
		if (done < 0)
			return done;
		bytes += done;
		offset += done;
		size -= done;
	}
	return 0;
}

int file_write(int fd, const unsigned char *pixels)
{
	char text[HEADER_MAX];
	int length = header(text);
	int error = write_all(fd, text, length, 0);

	if (error)
		return error;
	return write_all(fd, pixels, picture_size(), length);
}

/* Whether the file has these bytes at the offset: 1, 0, or an error. */
static int file_has(int fd, const void *from, size_t size, size_t offset)
{
	char buffer[4096];
	const char *bytes = from;
	long done;

	while (size > 0) {
		done = system_call(__NR_pread64, fd, buffer,
				   size < sizeof(buffer) ? size :
				   sizeof(buffer), offset);
		if (done < 0)
			return done;
		if (done == 0 || memcmp(buffer, bytes, done))
			return 0;
		bytes += done;
		offset += done;
		size -= done;
	}
	return 1;
}

int file_equals(int fd, const unsigned char *pixels)
{
	char text[HEADER_MAX], more;
	int length = header(text);
	int equal = file_has(fd, text, length, 0);

	if (equal == 1)
		equal = file_has(fd, pixels, picture_size(), length);
	if (equal == 1)
		equal = !system_call(__NR_pread64, fd, &more, 1,
				     length + picture_size());
	return equal;
}

/* Until it is complete, the file is called NAME.PID of the supervisor. */
static void part_name(char *name)
{
	format(name, FILE_NAME_MAX, "%s.%d", options.output,
	       (int)system_call(__NR_getpid));
}

/* A device must not be replaced, not even by root: -EEXIST. */
static int may_replace(const char *name)
{
	struct statx status;
	long error = system_call(__NR_statx, AT_FDCWD, name, 0, STATX_TYPE,
				 &status);

	if (error)
		return error == -ENOENT ? 0 : error;
	return S_ISREG(status.stx_mode) ? 0 : -EEXIST;
}

int file_create(void)
{
	char part[FILE_NAME_MAX];
	int error;

	if (strlen(options.output) + 16 > sizeof(part))
		return -ENAMETOOLONG;
	error = may_replace(options.output);
	if (error)
		return error;
	part_name(part);
	return system_call(__NR_openat, AT_FDCWD, part,
			   O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

int file_finish(void)
{
	char part[FILE_NAME_MAX];

	part_name(part);
	return system_call(__NR_renameat2, AT_FDCWD, part, AT_FDCWD,
			   options.output, 0);
}

void file_remove(void)
{
	char part[FILE_NAME_MAX];

	part_name(part);
	system_call(__NR_unlinkat, AT_FDCWD, part, 0);
}
