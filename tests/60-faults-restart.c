/* Case 60: each system call that restart makes, and the image's own code after
 * it, fails in turn with this and that error.  There is one line on standard error
 * and status 1, and nobody has run; or everything comes back.  And restart is
 * killed at each begin and end of a call: then nothing is left of it. */
#include "belongings.h"
#include "fault.h"
#include "oneself.h"
#include "one_processor.h"
#include <linux/mman.h>

#define THREADS 3

static char state_path[128];
static int output, complete;
static const char *option;

/* Shared with the restarted process, which has it from its file. */
static void map_state(void)
{
	int fd;
	long r;

	format(state_path, sizeof state_path, "%s/state", image_directory);
	fd = (int)system_call(__NR_openat, AT_FDCWD, state_path,
			      O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	CHECK_EQUAL(system_call(__NR_ftruncate, fd, sizeof *shared), 0);
	r = system_call(__NR_mmap, NULL, sizeof *shared, PROT_READ | PROT_WRITE,
			MAP_SHARED, fd, 0);
	CHECK(r > 0);
	shared = (struct fault_shared *)r;
	system_call(__NR_close, fd);
}

/* Has the image made; and what it makes ends here, with status 0. */
static void make_image(void)
{
	int pid = fork1(), r;

	CHECK(pid >= 0);
	if (pid > 0) {
		reap(pid);
		return;
	}
	crew.look = oneself_look;
	crew_muster(THREADS);
	crew_roll_call();
	oneself_look();
	belongings_get();
	r = checkpoint(image_path);
	fault_disarm(0);
	CHECK(r >= 0);
	crew_roll_call();
	oneself_look();
	belongings_look();
	store(&shared->result, 1);
	process_exit(0);
}

/* What it has printed is one line of restart's. */
static void check_complaint(void)
{
	static char text[4096];
	long n = system_call(__NR_pread64, output, text, sizeof text - 1, 0L);
	int good;

	CHECK(n > 0);
	text[n] = 0;
	good = !memcmp(text, "restart: ", 9) || !memcmp(text, "no memory", 9);
	for (long i = 0; i < n; i++)
		good &= (text[i] == '\n') == (i == n - 1);
	if (good)
		return;
	eprint("printed: %s\n", text);
	fault_say("not one line of restart's");
	process_exit(FAILED);
}

static void check_result(void)
{
	struct statx s;

	if (faults.status == 0) {
		CHECK_EQUAL(load(&shared->result), 1);
		CHECK_EQUAL(system_call(__NR_statx, output, "", AT_EMPTY_PATH,
					STATX_SIZE, &s), 0);
		CHECK_EQUAL(s.stx_size, 0);
		complete++;
		return;
	}
	if (!fault.error) {
		CHECK_EQUAL(faults.status, SIGKILL);
		return;
	}
	if (faults.status != 1 << 8 || !load(&shared->armed[0])) {
		eprint("status %x\n", faults.status);
		fault_say("half a process");
	}
	CHECK_EQUAL(faults.status, 1 << 8);
	CHECK_EQUAL(load(&shared->armed[0]), 1);
	check_complaint();
}

static void run(void)
{
	int pid;

	CHECK_EQUAL(system_call(__NR_ftruncate, output, 0), 0);
	CHECK_EQUAL(system_call(__NR_lseek, output, 0, 0), 0);
	shared->finished = shared->result = 0;
	fault_arm();
	store(&shared->armed[0], 0);
	pid = fork1();
	CHECK(pid >= 0);
	if (pid == 0) {
		hear(faults.go);
		for (int fd = 1; fd <= 2; fd++)
			system_call(__NR_dup3, output, fd, 0);
		fault_arm();
		run_tool("restart", image_path, option, NULL, NULL);
	}
	fault_trace(pid);
	fault_alarm(SECONDS_EACH);
	tell(faults.go);
	fault_follow();
	fault_alarm(0);
	check_result();
	CHECK_EQUAL(count_images(), 2);
}

static void test(const char *with)
{
	option = with;
	complete = 0;
	memset(faults.calls, 0, sizeof faults.calls);
	fault = (struct fault){ .call = 0 };
	run();
	CHECK_EQUAL(complete, 1);
	fault_fails(run);
	fault_kills(run, 1);
	print("%d runs, %d faults\n", faults.runs, faults.hits);
}

/* What comes before restart's first instruction. */
static int is_usual(long call, int error)
{
	(void)error;
	return call == __NR_execve || call == __NR_readlinkat;
}

int main(int argc, char **argv)
{
	use_one_processor();
	images_begin();
	map_state();
	make_image();
	output = (int)system_call(__NR_memfd_create, "output", 0);
	CHECK(output >= 0);
	fault_begin(argc, argv, 5);
	faults.is_usual = is_usual;
	test(NULL);
	test("--lazy");
	check_childless();
	remove_file(state_path);
	images_end();
	return 0;
}
