/* Case 10: accept does not return because of a stop, and of all the threads
 * that accept from one socket, in P and its copies, each connection reaches
 * exactly one. */
#include "blocked.h"
#include "socket.h"

static struct sockaddr_un address = { .sun_family = AF_UNIX };
static int listener, address_size = sizeof address;

static int open_socket(void)
{
	int fd = (int)system_call(__NR_socket, AF_UNIX, SOCK_STREAM, 0);

	CHECK(fd >= 0);
	return fd;
}

static void acceptor(int number)
{
	long fd;

	switch (number % 3) {
	case 0:
		fd = system_call(__NR_accept, listener, NULL, NULL);
		break;
	case 1:
		fd = sys(accept, listener, NULL, NULL);
		break;
	default:
		fd = system_call(__NR_accept4, listener, NULL, NULL, O_CLOEXEC);
	}
	CHECK(fd >= 0);
	CHECK_EQUAL(system_call(__NR_close, fd), 0);
}

static void connect_one(void)
{
	int fd = open_socket();

	CHECK_EQUAL(system_call(__NR_connect, fd, &address, address_size), 0);
	CHECK_EQUAL(system_call(__NR_close, fd), 0);
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	/* The kernel finds a name. */
	listener = open_socket();
	CHECK_EQUAL(system_call(__NR_bind, listener, &address,
				sizeof address.sun_family), 0);
	CHECK_EQUAL(system_call(__NR_getsockname, listener, &address,
				&address_size), 0);
	CHECK_EQUAL(system_call(__NR_listen, listener, 100), 0);
	for_each_count(n) {
		begin(n, acceptor);
		storm(&random);
		release_each(connect_one);
		finish();
	}
	return 0;
}
