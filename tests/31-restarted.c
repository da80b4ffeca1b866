/* Case 31: the main thread has ended before the image is taken: the restarted
 * process has the open files, as any other, though the kernel shows none for a
 * leader that is a zombie. */
#include "restart.h"

static int ends[2];

static void *last(void *unused)
{
	char byte;
	int r;

	(void)unused;
	while (proc_state("/proc/self/status") != 'Z')
		system_call(__NR_sched_yield);
	tell(ends);
	r = checkpoint(image_path);
	CHECK(r >= 0);
	CHECK_EQUAL(system_call(__NR_read, ends[0], &byte, 1), 1);
	if (r == 1)
		process_exit(0);
	reap(restart_image(NULL));
	reap(restart_image("--lazy"));
	images_end();
	process_exit(0);
}

int main(void)
{
	images_begin();
	open_pipe(ends);
	spawn(last, NULL);
	thread_exit(NULL);
}
