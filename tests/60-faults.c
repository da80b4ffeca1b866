/* Case 60: each system call that checkpoint() makes, in the process or in the
 * writer, fails in turn with this and that error.  There is an error, and the old
 * image is whole; or there is a new one, from which all comes back.  The process
 * is as before, and nothing else is left.  (60-kill kills the writer.) */
#include "belongings.h"
#include "fault.h"
#include "faulty.h"
#include "one_processor.h"

#define THREADS 3

static void work(void)
{
	int r;

	fault_arm();
	r = checkpoint(image_path);
	shared->armed[0] = 0;
	crew_roll_call();
	oneself_look();
	belongings_look();
	if (r == 1)
		process_exit(0);
	shared->result = r;
	check_childless();
}

static void run(void)
{
	unsigned long version = file_version(image_path), now;
	int r, status;

	faulty_run();
	now = file_version(image_path);
	CHECK_EQUAL(count_images(), 1);
	CHECK(shared->result < 0 || now != version);
	if (now == version)
		return;
	fault_alarm(SECONDS_EACH);
	r = start_tool("restart", image_path, NULL, NULL, NULL);
	CHECK_EQUAL(system_call(__NR_wait4, r, &status, __WALL, 0), r);
	if (status)
		fault_say("image is bad");
	CHECK_EQUAL(status, 0);
	fault_alarm(0);
}

/* So /proc/self/mem tells of pages behind the end of a mapped file.  And memory
 * of one's own can always be unmapped. */
static int is_usual(long call, int error)
{
	return (call == __NR_pread64 && error == EIO) || call == __NR_munmap;
}

int main(int argc, char **argv)
{
	use_one_processor();
	images_begin();
	fault_begin(argc, argv, 5);
	faults.is_usual = is_usual;
	faulty.prepare = belongings_get;
	faulty_start(THREADS, work);
	run();
	CHECK_EQUAL(shared->result, 0);
	fault_fails(run);
	faulty_end();
	images_end();
	return 0;
}
