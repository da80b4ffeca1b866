/* restart --stop: stopped by SIGSTOP when there is exactly one task, with the
 * memory of the process and nothing run yet; SIGCONT goes on, also with
 * --lazy and --ordered. */
#include "restart.h"
#include "crew.h"

#define THREADS 8

static int *counter;			/* in a file that all share */

static void map_counter(void)
{
	long fd, r;
	char path[128];

	format(path, sizeof path, "%s/counter", image_directory);
	fd = system_call(__NR_openat, AT_FDCWD, path, O_RDWR | O_CREAT, 0600);
	CHECK(fd >= 0);
	CHECK_EQUAL(system_call(__NR_ftruncate, fd, 4096), 0);
	r = system_call(__NR_mmap, 0, 4096, 3 /* read, write */,
			1 /* shared */, fd, 0);
	CHECK(r > 0);
	counter = (int *)r;
	system_call(__NR_close, fd);
}

static void check_stopped(const char *option)
{
	int status, pid = start_tool("restart", "--stop", option, image_path,
				     NULL);
	char path[48];

	format(path, sizeof path, "/proc/%d/status", pid);
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, 2 /* WUNTRACED */, 0),
		    pid);
	CHECK_EQUAL(status, SIGSTOP << 8 | 0x7f);
	CHECK_EQUAL(proc_state(path), 'T');
	CHECK_EQUAL(proc_field(path, "Threads:"), 1);
	CHECK_EQUAL(load(counter), 0);
	CHECK_EQUAL(system_call(__NR_kill, pid, SIGCONT), 0);
	reap(pid);
	CHECK_EQUAL(load(counter), 1);
	store(counter, 0);
}

int main(void)
{
	char path[128];
	int r;

	images_begin();
	map_counter();
	crew_muster(THREADS);
	r = checkpoint(image_path);
	CHECK(r >= 0);
	crew_roll_call();
	if (r == 1) {
		add(counter, 1);
		crew_dismiss();
		process_exit(0);
	}
	check_stopped("--");
	check_stopped("--lazy");
	check_stopped("--ordered");
	for (int i = 0; i < 3; i++)
		reap(restart_image("--ordered"));
	crew_dismiss();
	format(path, sizeof path, "%s/counter", image_directory);
	system_call(__NR_unlinkat, AT_FDCWD, path, 0);
	images_end();
	return 0;
}
