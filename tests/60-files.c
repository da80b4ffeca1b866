/* Open files of a restarted process: by path, with flags and offset; descriptors
 * of one open file share it again; pipes with contents and capacity; what was
 * closed is closed, O_CLOEXEC and all else that fcntl() shows is kept. */
#include "restart.h"

#define MOST 24

static struct { long flags, descriptor_flags, offset, capacity; }
	before[MOST], now[MOST];

static char file_path[128];

static long fcntl(int fd, int command, long argument)
{
	return system_call(__NR_fcntl, fd, command, argument);
}

static long seek(int fd, long offset, int from)
{
	return system_call(__NR_lseek, fd, offset, from);
}

/* The kernel may add O_LARGEFILE, which means nothing. */
static void look(typeof(now[0]) *to)
{
	for (int fd = 0; fd < MOST; fd++) {
		to[fd].flags = fcntl(fd, F_GETFL, 0) | O_LARGEFILE;
		to[fd].descriptor_flags = fcntl(fd, F_GETFD, 0);
		to[fd].offset = fd > 2 ? seek(fd, 0, 1) : 0;
		to[fd].capacity = fd > 2 ? fcntl(fd, F_GETPIPE_SZ, 0) : 0;
	}
	for (int fd = 0; fd <= 2; fd++)		/* are restart's */
		to[fd].flags = to[fd].descriptor_flags = 0;
}

static int open_at(int fd, const char *path, int flags)
{
	long r = system_call(__NR_openat, AT_FDCWD, path, flags, 0600);

	CHECK(r >= 0);
	if (r != fd) {
		CHECK_EQUAL(system_call(__NR_dup3, r, fd, flags & O_CLOEXEC),
			    fd);
		system_call(__NR_close, r);
	}
	return fd;
}

/* 3: appended to; 4: read only; 5: a directory; 6, 7, 20: one open file;
 * 8: closed by exec; 9: the same file, another open file; 10, 11 and 12, 13,
 * 14: pipes; 15: a device; 16: a path only. */
static void open_files(void)
{
	int ends[2];

	format(file_path, sizeof file_path, "%s/file", image_directory);
	open_at(3, file_path, O_RDWR | O_CREAT | O_APPEND);
	CHECK_EQUAL(system_call(__NR_write, 3, "0123456789", 10), 10);
	open_at(4, file_path, O_RDONLY);
	CHECK_EQUAL(seek(4, 4, 0), 4);
	open_at(5, image_directory, O_RDONLY | O_DIRECTORY);
	open_at(6, file_path, O_RDWR);
	CHECK_EQUAL(seek(6, 7, 0), 7);
	CHECK_EQUAL(system_call(__NR_dup3, 6, 7, O_CLOEXEC), 7);
	CHECK_EQUAL(system_call(__NR_dup3, 6, 20, 0), 20);
	open_at(8, file_path, O_WRONLY | O_CLOEXEC);
	CHECK_EQUAL(seek(8, 1L << 40, 0), 1L << 40);
	open_at(9, file_path, O_RDWR);
	CHECK_EQUAL(seek(9, 7, 0), 7);
	CHECK_EQUAL(system_call(__NR_pipe2, ends, 0), 0);
	CHECK_EQUAL(ends[0], 10);
	CHECK_EQUAL(ends[1], 11);
	CHECK_EQUAL(system_call(__NR_write, 11, "pipe", 4), 4);
	CHECK_EQUAL(system_call(__NR_pipe2, ends, O_NONBLOCK | O_CLOEXEC), 0);
	CHECK_EQUAL(ends[0], 12);
	CHECK(fcntl(12, F_SETPIPE_SZ, 16384) > 0);
	CHECK_EQUAL(system_call(__NR_dup3, 13, 14, 0), 14);
	open_at(15, "/dev/null", O_RDWR);
	open_at(16, file_path, O_PATH);
}

static void fill_pipe(void)
{
	static char block[4096];

	for (char c = 'a'; ; c++) {
		memset(block, c, sizeof block);
		if (system_call(__NR_write, 14, block, sizeof block) !=
		    sizeof block)
			break;
	}
}

static void check_full_pipe(long capacity)
{
	static char block[4096];
	char c = 'a';

	for (; capacity > 0; capacity -= (long)sizeof block, c++) {
		CHECK_EQUAL(system_call(__NR_read, 12, block, sizeof block),
			    sizeof block);
		CHECK_EQUAL(block[0], c);
		CHECK_EQUAL(block[4095], c);
	}
	CHECK_EQUAL(system_call(__NR_read, 12, block, 1), -EAGAIN);
	CHECK_EQUAL(system_call(__NR_write, 13, "x", 1), 1);
	CHECK_EQUAL(system_call(__NR_read, 12, block, 1), 1);
	system_call(__NR_close, 13);
	system_call(__NR_close, 14);
	CHECK_EQUAL(system_call(__NR_read, 12, block, 1), 0);
}

static void check_files(void)
{
	char text[8] = { 0 };

	look(now);
	for (int fd = 0; fd < MOST; fd++) {
		if (memcmp(&now[fd], &before[fd], sizeof now[fd]))
			eprint("fd %d: flags %lx %lx, descriptor flags %ld %ld,"
			       " offset %ld %ld, capacity %ld %ld\n", fd,
			       now[fd].flags, before[fd].flags,
			       now[fd].descriptor_flags,
			       before[fd].descriptor_flags, now[fd].offset,
			       before[fd].offset, now[fd].capacity,
			       before[fd].capacity);
		CHECK_EQUAL(memcmp(&now[fd], &before[fd], sizeof now[fd]), 0);
	}
	CHECK_EQUAL(fcntl(0, F_GETFD, 0), -EBADF);
	CHECK_EQUAL(system_call(__NR_read, 4, text, 3), 3);
	CHECK_EQUAL(memcmp(text, "456", 3), 0);
	CHECK_EQUAL(system_call(__NR_write, 4, "x", 1), -EBADF);
	CHECK_EQUAL(system_call(__NR_read, 7, text, 2), 2);
	CHECK_EQUAL(memcmp(text, "78", 2), 0);
	CHECK_EQUAL(seek(20, 0, 1), 9);
	CHECK_EQUAL(seek(9, 0, 1), 7);
	CHECK_EQUAL(system_call(__NR_read, 10, text, 8), 4);
	CHECK_EQUAL(memcmp(text, "pipe", 4), 0);
	CHECK_EQUAL(system_call(__NR_write, 3, "end", 3), 3);
	CHECK_EQUAL(seek(3, 0, 1), seek(9, 0, 2));
	check_full_pipe(before[12].capacity);
	CHECK_EQUAL(seek(6, 9, 0), 9);
	CHECK_EQUAL(seek(9, 7, 0), 7);
}

int main(void)
{
	static const char *const options[] = { "--", "--lazy", "--ordered" };
	int r;

	images_begin();
	open_files();
	fill_pipe();
	CHECK_EQUAL(system_call(__NR_close, 0), 0);
	look(before);
	r = checkpoint(image_path);
	CHECK(r >= 0);
	if (r == 1) {
		check_files();
		process_exit(0);
	}
	for (int i = 0; i < 3; i++)
		reap(restart_image(options[i]));
	check_files();
	system_call(__NR_unlinkat, AT_FDCWD, file_path, 0);
	images_end();
	return 0;
}
