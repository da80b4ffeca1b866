/* Case 60: images that cannot be written because of where they are to go: each
 * time there is one clear error, nothing is left over, what was there before is
 * there still, and the next request goes well. */
#include "refused.h"

#define THREADS 8
#define NOBODY  65534

static char name[8192];

static const char *in_directory(const char *file)
{
	format(name, sizeof name, "%s/%s", image_directory, file);
	return name;
}

/* A path, or a file's name, of this length. */
static const char *long_path(size_t length, int is_name)
{
	size_t n = strlen(in_directory(""));

	for (; n < length; n++)
		name[n] = is_name || n % 2 ? 'x' : '/';
	name[n] = 0;
	return name;
}

static void test_paths(void)
{
	check_refused(NULL, -EINVAL);
	check_refused("", -ENOENT);
	check_refused(image_directory, -EISDIR);
	check_refused(in_directory(""), -EISDIR);
	check_refused(in_directory("missing/image"), -ENOENT);
	check_refused(in_directory("missing/"), -ENOENT);
	check_refused(in_directory("image/image"), -ENOTDIR);
	check_refused(in_directory("image/"), -ENOTDIR);
	check_refused(long_path(4096, 0), -ENAMETOOLONG);
	check_refused(long_path(4065, 0), -ENAMETOOLONG);
	check_refused(long_path(4064, 0), -ENOENT);
	check_refused(long_path(strlen(image_directory) + 1 + 255, 1),
		      -ENAMETOOLONG);
	check_refused(long_path(strlen(image_directory) + 1 + 256, 1),
		      -ENAMETOOLONG);
}

/* Neither a pipe that nobody reads, nor what a link leads to, is touched. */
static void test_special(void)
{
	static char link[128], target[128];
	unsigned long version;
	struct statx s;

	CHECK_EQUAL(system_call(__NR_mknodat, AT_FDCWD, in_directory("fifo"),
				S_IFIFO | 0600, 0), 0);
	check_refused(name, -EEXIST);
	remove_file(name);
	/* A device of our own, if we may make one: were it replaced, no harm. */
	if (system_call(__NR_mknodat, AT_FDCWD, in_directory("device"),
			S_IFCHR | 0600, 1 << 8 | 3) == 0) {
		check_refused(name, -EEXIST);
		remove_file(name);
	}

	format(link, sizeof link, "%s/link", image_directory);
	format(target, sizeof target, "%s/target", image_directory);
	CHECK_EQUAL(system_call(__NR_symlinkat, "loop", AT_FDCWD,
				in_directory("loop")), 0);
	check_refused(in_directory("loop/image"), -ELOOP);
	remove_file(in_directory("loop"));
	CHECK_EQUAL(system_call(__NR_renameat2, AT_FDCWD, image_path, AT_FDCWD,
				target, 0), 0);
	version = file_version(target);
	CHECK_EQUAL(system_call(__NR_symlinkat, "target", AT_FDCWD, image_path),
		    0);
	check_taken();
	CHECK_EQUAL(system_call(__NR_statx, AT_FDCWD, image_path,
				AT_SYMLINK_NOFOLLOW, STATX_TYPE, &s), 0);
	CHECK_EQUAL(s.stx_mode & S_IFMT, S_IFREG);
	CHECK(file_version(target) == version);
	remove_file(target);
}

/* The directory is another's, but can be read. */
static void test_permission(void)
{
	static char private[128];

	if (system_call(__NR_geteuid) == 0)
		become(NOBODY);
	crew_muster(THREADS);
	check_refused(image_path, -EACCES);
	check_refused(in_directory("new"), -EACCES);
	format(private, sizeof private, "%s/private", image_directory);
	check_refused(private, -EISDIR);
	format(private, sizeof private, "%s/private/image", image_directory);
	check_refused(private, -EACCES);
	crew_dismiss();
}

/* A process that may not look at its own memory. */
static void test_undumpable(void)
{
	if (system_call(__NR_geteuid) == 0)
		become(NOBODY);
	system_call(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	crew_muster(2);
	check_refused(image_path, -EACCES);
	crew_dismiss();
}

static void set_mode(const char *path, int mode)
{
	CHECK_EQUAL(system_call(__NR_fchmodat, AT_FDCWD, path, mode), 0);
}

int main(void)
{
	static char private[128];

	images_begin();
	crew_muster(THREADS);
	check_taken();
	test_paths();
	test_special();
	check_taken();
	crew_dismiss();
	await_threads(1);

	format(private, sizeof private, "%s/private", image_directory);
	CHECK_EQUAL(system_call(__NR_mkdirat, AT_FDCWD, private, 0), 0);
	set_mode(image_path, 0644);
	set_mode(image_directory, 0555);
	in_child(test_permission);
	set_mode(image_directory, 0777);
	in_child(test_undumpable);
	CHECK_EQUAL(system_call(__NR_unlinkat, AT_FDCWD, private,
				0x200 /* AT_REMOVEDIR */), 0);
	images_end();
	return 0;
}
