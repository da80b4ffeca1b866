/* What a process has besides memory and threads, and a look whether it is all
 * there: two descriptors of one file, a full and a half pipe, signal actions,
 * limits, a umask, a directory. */
#ifndef BELONGINGS_H
#define BELONGINGS_H

#include "restart.h"
#include "signals.h"
#include <linux/resource.h>

#define SEEK_CUR 1
#define OFFSET   10
#define UMASK    0027
#define CORE     4096			/* a limit that all systems allow */
#define MASK     0x55

static struct {
	int file, twin, ends[2];
	struct rlimit64 limit;
} belongings;

static inline void belongings_get(void)
{
	belongings.file = (int)system_call(__NR_openat, AT_FDCWD,
					   tool_path("restart"), O_RDONLY);
	CHECK(belongings.file >= 0);
	belongings.twin = (int)system_call(__NR_dup, belongings.file);
	CHECK_EQUAL(system_call(__NR_lseek, belongings.twin, OFFSET, 0), OFFSET);
	open_pipe(belongings.ends);
	CHECK_EQUAL(system_call(__NR_fcntl, belongings.ends[1], F_SETFL,
				O_NONBLOCK), 0);
	tell(belongings.ends);
	handle_masked(SIGUSR1, SIG_IGN, SA_NODEFER, MASK);
	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_CORE, NULL,
				&belongings.limit), 0);
	if (belongings.limit.rlim_max > CORE)
		belongings.limit.rlim_cur = CORE;
	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_CORE,
				&belongings.limit, NULL), 0);
	CHECK_EQUAL(system_call(__NR_chdir, image_directory), 0);
	system_call(__NR_umask, UMASK);
}

static inline long seek(int fd, long distance)
{
	return system_call(__NR_lseek, fd, distance, SEEK_CUR);
}

static inline void belongings_look(void)
{
	struct signal_action action;
	struct rlimit64 limit;
	char directory[256];

	CHECK_EQUAL(seek(belongings.file, 1), OFFSET + 1);
	CHECK_EQUAL(seek(belongings.twin, -1), OFFSET);
	CHECK_EQUAL(system_call(__NR_fcntl, belongings.ends[1], F_GETFL) &
		    O_NONBLOCK, O_NONBLOCK);
	hear(belongings.ends);
	tell(belongings.ends);
	CHECK_EQUAL(signal_action(SIGUSR1, NULL, &action), 0);
	CHECK_EQUAL((long)action.handler, (long)SIG_IGN);
	CHECK_EQUAL(action.mask, MASK);
	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_CORE, NULL, &limit), 0);
	CHECK_EQUAL(limit.rlim_cur, belongings.limit.rlim_cur);
	CHECK(system_call(__NR_getcwd, directory, sizeof directory) > 0);
	CHECK_EQUAL(strcmp(directory, image_directory), 0);
	CHECK_EQUAL(system_call(__NR_umask, UMASK), UMASK);
}

#endif
