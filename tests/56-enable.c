/* Case 56: what checkpoint_enable() refuses, without a change to what was in force
 * before; and a relative directory, which stays the same one when the program
 * goes elsewhere. */
#include "asked.h"

static int answer;

static void enable(void *directory)
{
	answer = checkpoint_enable(directory);
}

static void refuse(const char *directory, int error)
{
	CHECK_EQUAL(checkpoint_enable(directory), error);
	check_asked();
}

static void test_permission(void)
{
	int pid = fork1(), user = 65534;

	CHECK(pid >= 0);
	if (pid == 0) {
		if (system_call(__NR_geteuid) == 0)
			CHECK_EQUAL(system_call(__NR_setresuid, user, user,
						user), 0);
		CHECK_EQUAL(checkpoint_enable("/"), -EACCES);
		process_exit(0);
	}
	reap(pid);
}

static void go_to(const char *directory)
{
	CHECK_EQUAL(system_call(__NR_chdir, directory), 0);
}

/* The first time, and with slashes behind it. */
static void test_relative(void)
{
	go_to(image_directory);
	CHECK_EQUAL(checkpoint_enable("."), 0);
	go_to("/");
	check_asked();
	CHECK_EQUAL(checkpoint_enable(image_directory + 1), 0);
	check_asked();
	go_to("/tmp");
	CHECK_EQUAL(checkpoint_enable("/"), 0);
	format(image_directory + strlen(image_directory),
	       sizeof image_directory - strlen(image_directory), "///");
	CHECK_EQUAL(checkpoint_enable(image_directory), 0);
	check_asked();
}

int main(void)
{
	static char path[8192];
	char image[128];
	long fd;

	images_begin();
	if (image_directory[0] != '/')
		skip("needs /tmp");
	asked_begin();
	format(image, sizeof image, "%s", image_path);
	fd = system_call(__NR_openat, AT_FDCWD, image, O_CREAT | O_WRONLY,
			 0600);
	CHECK(fd >= 0);
	system_call(__NR_close, fd);
	check_asked();
	refuse("", -ENOENT);
	refuse("/tmp/missing/directory", -ENOENT);
	refuse(image, -ENOTDIR);
	memset(path, 'x', sizeof path - 1);
	refuse(path, -ENAMETOOLONG);
	for (int i = 0; i < 4000; i += 2)
		memcpy(path + i, "./", 3);
	refuse(path, -ENAMETOOLONG);
	CHECK_EQUAL(synccall(enable, "/"), 0);
	CHECK_EQUAL(answer, -EDEADLK);
	check_asked();
	test_permission();
	test_relative();
	images_end();
	check_childless();
	return 0;
}
