/* Case 60: another process reads and writes a pipe of P's while P's image is taken.
 * What is in the pipe when it is copied is in the image, be it nothing; no
 * request fails because that is more or less than a moment before. */
#include "restart.h"

#define REQUESTS 100
#define MOST     1000

static int pipe_ends[2];

/* All bytes are numbers, from 0, modulo 251. */
static _Noreturn void be_another(unsigned long random)
{
	unsigned char bytes[MOST];
	unsigned written = 0;
	long n;

	CHECK_EQUAL(system_call(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL), 0);
	for (;;) {
		n = random_next(&random) % MOST + 1;
		for (long i = 0; i < n; i++)
			bytes[i] = (unsigned char)(written++ % 251);
		CHECK_EQUAL(system_call(__NR_write, pipe_ends[1], bytes, n), n);
		CHECK_EQUAL(system_call(__NR_read, pipe_ends[0], bytes, n), n);
	}
}

/* In the restarted process, whose pipe is its own. */
static _Noreturn void check_contents(void)
{
	unsigned char bytes[MOST + 1];
	long n;

	CHECK_EQUAL(system_call(__NR_fcntl, pipe_ends[0], F_SETFL, O_NONBLOCK),
		    0);
	n = system_call(__NR_read, pipe_ends[0], bytes, sizeof bytes);
	CHECK(n == -EAGAIN || (n > 0 && n <= MOST));
	for (long i = 1; i < n; i++)
		CHECK_EQUAL(bytes[i], (bytes[i - 1] + 1) % 251);
	process_exit(0);
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);
	int pid, r, status;

	images_begin();
	open_pipe(pipe_ends);
	pid = fork1();
	CHECK(pid >= 0);
	if (pid == 0)
		be_another(random);
	for (int i = 0; i < REQUESTS; i++) {
		r = checkpoint(image_path);
		if (r == 1)
			check_contents();
		CHECK_EQUAL(r, 0);
		if (i % 10 == 0)
			check_restart(image_path);
	}
	CHECK_EQUAL(system_call(__NR_kill, pid, SIGKILL), 0);
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, 0, NULL), pid);
	CHECK_EQUAL(status, SIGKILL);
	images_end();
	return 0;
}
