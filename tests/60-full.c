/* Case 60: the disk is full, and /proc is missing.  The old image is whole, the
 * incomplete one is gone, and with it what it took: as soon as there is room the
 * next request goes well. */
#include "refused.h"
#include <linux/mount.h>
#include <linux/sched.h>

#define THREADS 8
#define CHUNK   65536

static char filler[128];

/* A process may mount what it likes where nobody else sees it. */
static void isolate(void)
{
	if (system_call(__NR_unshare, CLONE_NEWNS) < 0 &&
	    system_call(__NR_unshare, CLONE_NEWUSER | CLONE_NEWNS) < 0)
		skip("may not mount");
	if (system_call(__NR_mount, "none", "/", NULL, MS_REC | MS_PRIVATE,
			NULL) < 0)
		skip("may not mount");
}

static long mount(const char *directory, long flags, const char *options)
{
	return system_call(__NR_mount, "tmpfs", directory, "tmpfs", flags,
			   options);
}

/* Leaves so many chunks, which are not enough. */
static void fill(int chunks)
{
	static char bytes[CHUNK];
	long fd, n, size = 0;

	fd = system_call(__NR_openat, AT_FDCWD, filler,
			 O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0);
	while ((n = system_call(__NR_write, fd, bytes, CHUNK)) > 0)
		size += n;
	CHECK_EQUAL(n, -ENOSPC);
	size -= chunks * CHUNK;
	CHECK(size > 0);
	CHECK_EQUAL(system_call(__NR_ftruncate, fd, size), 0);
	system_call(__NR_close, fd);
}

static void test_full(void)
{
	isolate();
	if (mount(image_directory, 0, "size=64k") < 0)
		skip("has no tmpfs");
	format(filler, sizeof filler, "%s/filler", image_directory);
	crew_muster(THREADS);
	check_refused(image_path, -ENOSPC);
	check_refused(image_path, -ENOSPC);
	CHECK_EQUAL(mount(image_directory, MS_REMOUNT, "size=64m"), 0);
	check_taken();
	for (int chunks = 0; chunks < 3; chunks++) {
		fill(chunks);
		check_refused(image_path, -ENOSPC);
		check_restart(image_path);
	}
	remove_file(filler);
	check_taken();
	crew_dismiss();
}

/* check_refused() needs it, too. */
static void test_no_proc(void)
{
	int descriptors = count_descriptors();

	isolate();
	if (mount("/proc", 0, NULL) < 0)
		skip("has no tmpfs");
	crew_muster(THREADS);
	for (int i = 0; i < 3; i++) {
		CHECK_EQUAL(checkpoint(image_path), -ENOENT);
		crew_roll_call();
		CHECK_EQUAL(count_descriptors(), descriptors);
		CHECK_EQUAL(count_images(), 0);
		check_childless();
	}
	CHECK_EQUAL(system_call(__NR_umount2, "/proc", 0), 0);
	check_taken();
	crew_dismiss();
}

int main(void)
{
	int status, results = 0;
	void (*const parts[])(void) = { test_full, test_no_proc };

	images_begin();
	for (int i = 0; i < 2; i++) {
		int pid = fork1();

		CHECK(pid >= 0);
		if (pid == 0) {
			parts[i]();
			process_exit(0);
		}
		CHECK_EQUAL(system_call(__NR_wait4, pid, &status, 0, 0), pid);
		CHECK(status == 0 || status == SKIPPED << 8);
		results |= status;
	}
	system_call(__NR_unlinkat, AT_FDCWD, image_path, 0);
	images_end();
	return results >> 8;
}
