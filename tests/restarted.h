/* Tests of copies, with processes that are restarted from an image in place of
 * the copies: a file that includes this and then such a test is a test of
 * restart.  The original goes on as with forkall(), its copy is the process that
 * the tool restart becomes.  What P and a copy share is not shared here.
 * RESTART_LATER: for how many seconds an image is left lying. */
#ifndef RESTARTED_H
#define RESTARTED_H

#include "restart.h"

#ifndef RESTART_LATER
#define RESTART_LATER 0
#endif

/* Every other one is restarted lazily.  Whoever has been restarted removes the
 * image, lazily mapped or not.  A shell's descriptors may be open, too: of what
 * cannot be restored the tests use nothing. */
static int restarted_copy(void)
{
	static int count;
	char path[64];
	int lazy = add(&count, 1) % 2, pid, r;

	tool_path("");
	format(path, sizeof path, "%s/forkall-%d.%d", image_place(), getpid(),
	       count);
	r = checkpoint(path);
	if (r == 1)
		CHECK_EQUAL(system_call(__NR_unlinkat, AT_FDCWD, path, 0), 0);
	if (r)
		return r < 0 ? r : 0;
	pid = fork1();
	if (pid)
		return pid;
	if (RESTART_LATER)
		CHECK_EQUAL(sleep_for(RESTART_LATER * 1000000000L), 0);
	run_tool("restart", "--close", "all", lazy ? "--lazy" : path,
		 lazy ? path : NULL);
}

#define forkall restarted_copy

#endif
