/* Case 10: recvfrom and recvmsg do not return because of a stop, and of all
 * the threads that receive from one socket, in P and its copies, each message
 * reaches exactly one. */
#include "blocked.h"
#include "socket.h"

struct message {			/* struct msghdr */
	void *name;
	int name_size;
	struct { void *base; size_t size; } *parts;
	size_t part_count;
	void *control;
	size_t control_size;
	int flags;
};

static int ends[2];

static long receive_message(char *c)
{
	__typeof__(*((struct message *)0)->parts) part = { c, 1 };
	struct message message = { .parts = &part, .part_count = 1 };

	return system_call(__NR_recvmsg, ends[0], &message, 0);
}

static void receiver(int number)
{
	char c = 0;

	switch (number % 3) {
	case 0:
		CHECK_EQUAL(system_call(__NR_recvfrom, ends[0], &c, 1, 0, NULL,
					NULL), 1);
		break;
	case 1:
		CHECK_EQUAL(sys(recvfrom, ends[0], &c, 1, 0, NULL, NULL), 1);
		break;
	case 2:
		CHECK_EQUAL(receive_message(&c), 1);
	}
	CHECK_EQUAL(c, 'x');
}

static void give(void)
{
	CHECK_EQUAL(system_call(__NR_sendto, ends[1], "x", 1, 0, NULL, 0), 1);
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	open_socketpair(SOCK_DGRAM, ends);
	for_each_count(n) {
		begin(n, receiver);
		storm(&random);
		release_each(give);
		finish();
	}
	return 0;
}
