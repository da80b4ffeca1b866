/* A request for an image that fails: what must be as before. */
#ifndef REFUSED_H
#define REFUSED_H

#include "crew.h"
#include "restart.h"

static inline void check_refused(const char *path, int error)
{
	int descriptors = count_descriptors(), images = count_images();
	unsigned long version = file_version(image_path);
	long mappings = count_mappings();
	int r = checkpoint(path);

	CHECK_EQUAL(r, error);
	crew_roll_call();
	CHECK_EQUAL(count_descriptors(), descriptors);
	CHECK_EQUAL(count_mappings(), mappings);
	CHECK_EQUAL(count_images(), images);
	CHECK(file_version(image_path) == version);
	check_childless();
}

/* The next request goes well; the restarted process ends here. */
static inline void check_taken(void)
{
	unsigned long version = file_version(image_path);
	int r = checkpoint(image_path);

	if (r == 1) {
		crew_roll_call();
		crew_dismiss();
		process_exit(0);
	}
	CHECK_EQUAL(r, 0);
	crew_roll_call();
	CHECK(file_version(image_path) != version);
	check_childless();
	check_restart(image_path);
}

/* Runs a part of a test in a process that may change itself as it likes. */
static inline void in_child(void (*part)(void))
{
	int pid = fork1(), status = -1;

	CHECK(pid >= 0);
	if (pid == 0) {
		part();
		process_exit(0);
	}
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, __WALL, 0), pid);
	CHECK(status == 0 || status == SKIPPED << 8);
}

/* For good, in a process with one thread. */
static inline void become(int user)
{
	CHECK_EQUAL(system_call(__NR_setresgid, user, user, user), 0);
	CHECK_EQUAL(system_call(__NR_setresuid, user, user, user), 0);
	/* Else what is in /proc belongs to root. */
	CHECK_EQUAL(system_call(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
}

#endif
