/* Case 56: many requests with a wish for an answer, queued at once.  Each gets one
 * answer, to its own address: the image's path, or that there are too many.  In a
 * copy nobody answers them a second time. */
#include "asked.h"

#define REQUESTS 20
#define SLOTS    16
#define ROUNDS   10

static int sockets[REQUESTS];

static void open_socket(int number)
{
	struct sockaddr_un address;
	int size = request_address(&address, getpid(), number), one = 1;
	long fd = system_call(__NR_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC,
			      0);

	CHECK(fd >= 0);
	CHECK_EQUAL(system_call(__NR_setsockopt, fd, SOL_SOCKET, SO_PASSCRED,
				&one, sizeof one), 0);
	CHECK_EQUAL(system_call(__NR_bind, fd, &address, size), 0);
	sockets[number - 1] = (int)fd;
}

static void ask(int number)
{
	siginfo_t info = { .si_signo = SIGCKPT, .si_code = SI_QUEUE };

	info.si_pid = getpid();
	info.si_value.sival_int = number;
	CHECK_EQUAL(system_call(__NR_rt_sigqueueinfo, getpid(), SIGCKPT, &info),
		    0);
}

/* 1: an image; 0: refused. */
static int read_answer(int number)
{
	struct answer answer = { 0 };
	long n = system_call(__NR_recvfrom, sockets[number - 1], &answer,
			     sizeof answer, 0, 0, 0);

	CHECK(n > (long)offsetof(struct answer, path));
	CHECK_EQUAL(answer.refused, 0);
	if (answer.result == -EBUSY) {
		CHECK_EQUAL(answer.path[0], 0);
		return 0;
	}
	CHECK_EQUAL(answer.result, 0);
	CHECK_EQUAL(strcmp(answer.path, asked_path(getpid())), 0);
	return 1;
}

static void check_no_more(void)
{
	struct answer answer;

	for (int i = 0; i < REQUESTS; i++)
		CHECK_EQUAL(system_call(__NR_recvfrom, sockets[i], &answer,
					sizeof answer, MSG_DONTWAIT, 0, 0),
			    -EAGAIN);
}

static void test(int with_copy)
{
	unsigned long set = 1UL << (SIGCKPT - 1);
	int taken = 0, count = load(&asked_count), pid = 0;

	CHECK_EQUAL(signal_mask(SIG_BLOCK, &set, NULL), 0);
	for (int i = 1; i <= REQUESTS; i++)
		ask(i);
	CHECK_EQUAL(signal_mask(SIG_UNBLOCK, &set, NULL), 0);
	if (with_copy) {
		pid = forkall();
		CHECK(pid >= 0);
	}
	if (with_copy && pid == 0) {	/* the others' may fill the queue yet */
		open_socket(1);
		do
			ask(1);
		while (!read_answer(1));
		remove_file(asked_path(getpid()));
		process_exit(0);
	}
	if (with_copy)
		reap(pid);
	for (int i = 1; i <= REQUESTS; i++)
		taken += read_answer(i);
	CHECK(taken >= SLOTS && taken <= REQUESTS);
	CHECK_EQUAL(load(&asked_count), count + taken);
	check_no_more();
	CHECK_EQUAL(count_images(), 1);
	remove_file(asked_path(getpid()));
}

int main(void)
{
	images_begin();
	asked_begin();
	for (int i = 1; i <= REQUESTS; i++)
		open_socket(i);
	for (int i = 0; i < ROUNDS; i++)
		test(i % 2);
	await_childless();
	images_end();
	return 0;
}
