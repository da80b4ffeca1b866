/* Case 60: the image writer is killed at each begin and end of its system calls,
 * and at random moments: under the image's name there is a whole image, the old
 * one or, in the writer's last steps, the new one; no other file is left; and the
 * process goes on as after any error.  Then it is the process that is killed
 * while the image is being written: the image becomes complete. */
#include "crew.h"
#include "hold.h"

#define THREADS 4
#define EVERY   (8 * 1000000000L)	/* so long, none is left out */
#define RANDOM  40
#define ORPHANS 12

static struct { int result, stop; } *shared;
static int go[2], done[2];
static unsigned long seed;

static void program(void)
{
	static int round;
	int r, descriptors = count_descriptors();

	for (;;) {
		hear(go);
		if (shared->stop)
			break;
		round++;
		r = checkpoint(image_path);
		crew_roll_call();
		if (r == 1)
			break;
		CHECK_EQUAL(count_descriptors(), descriptors);
		check_childless();
		shared->result = r;
		tell(done);
	}
	crew_dismiss();
	process_exit(0);
}

static int start_program(void)
{
	int pid = fork1();

	CHECK(pid >= 0);
	if (pid == 0) {
		crew_muster(THREADS);
		tell(done);
		program();
	}
	hear(done);
	return pid;
}

/* The image may be of any version, but it is whole, and alone. */
static unsigned long check_image(unsigned long version, int result)
{
	unsigned long now = file_version(image_path);

	CHECK_EQUAL(count_images(), 1);
	CHECK(result == -ECANCELED || result == 0);
	CHECK(result < 0 || now != version);
	if (now != version)
		check_whole(image_path);
	return now;
}

/* Whether the writer has got so far. */
static int kill_at(int pid, int n)
{
	unsigned long version = file_version(image_path);
	int writer, alive;

	hold_begin(pid);
	tell(go);
	writer = hold_writer(pid);
	alive = hold_step(writer, n);
	if (alive) {
		CHECK_EQUAL(system_call(__NR_kill, writer, SIGKILL), 0);
		CHECK_EQUAL(wait_stopped(writer), SIGKILL);
	}
	hear(done);
	if (!alive)
		CHECK_EQUAL(shared->result, 0);
	check_image(version, shared->result);
	return alive;
}

/* By a pidfd: it may have ended, and its pid be another's. */
static void kill_somewhen(int pid, unsigned delay)
{
	unsigned long version = file_version(image_path);
	int writer, fd;

	hold_begin(pid);
	tell(go);
	writer = hold_writer(pid);
	fd = (int)system_call(__NR_pidfd_open, writer, 0);
	CHECK(fd >= 0);
	hold_end(writer);
	for (volatile unsigned i = delay; i; i--)
		;
	system_call(__NR_pidfd_send_signal, fd, SIGKILL, 0, 0);
	system_call(__NR_close, fd);
	hear(done);
	check_image(version, shared->result);
}

/* The orphan becomes our child. */
static void kill_original(int n)
{
	unsigned long version = file_version(image_path);
	int pid = start_program(), writer;

	hold_begin(pid);
	tell(go);
	writer = hold_writer(pid);
	CHECK_EQUAL(hold_step(writer, n), 1);
	CHECK_EQUAL(system_call(__NR_kill, pid, SIGKILL), 0);
	CHECK_EQUAL(wait_stopped(pid), SIGKILL);
	hold_end(writer);
	reap(writer);
	CHECK(check_image(version, 0) != version);
	check_childless();
	check_restart(image_path);
}

int main(int argc, char **argv)
{
	long begin = clock_now();
	int pid, steps, n;

	seed = random_seed(argc, argv);
	images_begin();
	shared = memory_shared(sizeof *shared);
	open_pipe(go);
	open_pipe(done);
	adopt_orphans();
	pid = start_program();
	tell(go);
	hear(done);
	CHECK_EQUAL(shared->result, 0);
	for (steps = 0, n = 1; kill_at(pid, n); n++) {
		steps = n;
		if (clock_now() - begin > EVERY)
			n += (int)(random_next(&seed) % 64);
	}
	for (n = 0; n < RANDOM; n++)
		kill_somewhen(pid, random_next(&seed) % 3000000);
	check_restart(image_path);
	shared->stop = 1;
	tell(go);
	reap(pid);
	shared->stop = 0;
	for (n = 0; n < ORPHANS; n++)
		kill_original((int)(random_next(&seed) % (unsigned)steps));
	print("%d steps\n", steps);
	check_childless();
	images_end();
	return 0;
}
