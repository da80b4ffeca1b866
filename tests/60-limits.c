/* Case 60: an image meets a limit of its process: on the size of files, the number
 * of descriptors, of processes, of addresses.  At each value of the limit there is
 * either the one error or an image; the old one is whole, nothing is left over, and
 * no thread notices. */
#include "refused.h"
#include <linux/resource.h>

#define THREADS 8
#define MB      (1UL << 20)

static void set_limit(int limit, unsigned long value)
{
	struct rlimit64 r;

	CHECK_EQUAL(system_call(__NR_prlimit64, 0, limit, NULL, &r), 0);
	r.rlim_cur = value < r.rlim_max ? value : r.rlim_max;
	CHECK_EQUAL(system_call(__NR_prlimit64, 0, limit, &r, NULL), 0);
}

static unsigned long file_size(void)
{
	struct statx s;

	CHECK_EQUAL(system_call(__NR_statx, AT_FDCWD, image_path, 0, STATX_SIZE,
				&s), 0);
	return s.stx_size;
}

/* The signal that would end the process does not reach it, either. */
static void test_size(void)
{
	unsigned long size = file_size(), sizes[] = { 0, 1, 4095, 4096, 65536,
		size / 2, size - 5000 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		set_limit(RLIMIT_FSIZE, sizes[i]);
		check_refused(image_path, -EFBIG);
	}
	set_limit(RLIMIT_FSIZE, -1UL);
	check_taken();
}

/* A request that may succeed; 0 if it has not, with that error. */
static int request(int error)
{
	int r = checkpoint(image_path);

	if (r == 1) {
		set_limit(RLIMIT_NOFILE, 1024);
		crew_roll_call();
		crew_dismiss();
		process_exit(0);
	}
	crew_roll_call();
	CHECK(r == 0 || r == error);
	return r == 0;
}

/* A pipe with something in it takes a descriptor more. */
static void test_descriptors(void)
{
	int ends[2], next, free = 0;
	unsigned long version = file_version(image_path);

	open_pipe(ends);
	tell(ends);
	next = ends[1] + 1;
	for (;; free++) {
		set_limit(RLIMIT_NOFILE, next + free);
		if (request(-EMFILE))
			break;
		set_limit(RLIMIT_NOFILE, 1024);
		CHECK(file_version(image_path) == version);
		CHECK_EQUAL(count_descriptors(), next);
		CHECK_EQUAL(count_images(), 1);
		check_childless();
	}
	set_limit(RLIMIT_NOFILE, 1024);
	CHECK(free >= 2 && free < 10);
	CHECK_EQUAL(count_descriptors(), next);
	check_restart(image_path);
	hear(ends);
	system_call(__NR_close, ends[0]);
	system_call(__NR_close, ends[1]);
}

static void test_addresses(void)
{
	unsigned long size, version;
	int taken;

	for (unsigned long more = 0; more <= 1024 * MB;
	     more = more ? 2 * more : MB / 4) {
		size = (unsigned long)proc_field("/proc/self/status",
						 "VmSize:") << 10;
		version = file_version(image_path);
		set_limit(RLIMIT_AS, size + more);
		taken = request(-ENOMEM);
		set_limit(RLIMIT_AS, -1UL);
		CHECK(taken == (file_version(image_path) != version));
		CHECK(taken || more < 16 * MB);
		CHECK(!taken || more >= 8 * MB);
		CHECK_EQUAL(count_images(), 1);
		check_childless();
	}
	check_restart(image_path);
}

static void test_processes(void)
{
	become(0x50000000 + getpid());		/* nobody else */
	crew_muster(THREADS);
	for (int limit = 1; limit <= THREADS; limit++) {
		set_limit(RLIMIT_NPROC, (unsigned long)limit);
		check_refused(image_path, -EAGAIN);
	}
	set_limit(RLIMIT_NPROC, THREADS + 1);
	CHECK(request(0));
	set_limit(RLIMIT_NPROC, -1UL);
	check_taken();
	crew_dismiss();
}

int main(void)
{
	images_begin();
	crew_muster(THREADS);
	check_taken();
	test_size();
	test_descriptors();
	test_addresses();
	check_taken();
	crew_dismiss();
	await_threads(1);
	if (system_call(__NR_geteuid) == 0) {
		CHECK_EQUAL(system_call(__NR_fchmodat, AT_FDCWD,
					image_directory, 0777), 0);
		in_child(test_processes);
	}
	images_end();
	return 0;
}
