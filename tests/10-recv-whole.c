/* Case 10: a receive with MSG_WAITALL returns when all it asked for has come,
 * each byte in its place, however often it is stopped between.  Hard because
 * the kernel then returns what has come so far, and that must not be lost or
 * counted twice. */
#include "blocked.h"
#include "socket.h"

#define SIZE 1000

static int ends[MOST][2];

static void receiver(int number)
{
	unsigned char text[SIZE + 1] = { 0 };

	CHECK_EQUAL(system_call(__NR_recvfrom, ends[number][0], text, SIZE,
				MSG_WAIT_ALL, NULL, NULL), SIZE);
	for (int i = 0; i < SIZE; i++)
		CHECK_EQUAL(text[i], (i + number) % 256);
	CHECK_EQUAL(text[SIZE], 0);
}

/* Sends all of them the next bytes. */
static void send_part(int from, int size)
{
	unsigned char part[SIZE];

	for (int number = 0; number < blocked.count; number++) {
		for (int i = 0; i < size; i++)
			part[i] = (unsigned char)(from + i + number);
		CHECK_EQUAL(system_call(__NR_sendto, ends[number][1], part,
					size, 0, NULL, 0), size);
	}
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);
	int sent, size;

	for (int i = 0; i < MOST; i++)
		open_socketpair(SOCK_STREAM, ends[i]);
	for_each_count(n) {
		begin(n, receiver);
		for (sent = 0; sent < SIZE; sent += size) {
			if (random_next(&random) % 2)
				await_blocked();
			size = 1 + (int)(random_next(&random) % (SIZE / 20));
			size = size < SIZE - sent ? size : SIZE - sent;
			send_part(sent, size);
			stop_once(0);
		}
		finish();
	}
	return 0;
}
