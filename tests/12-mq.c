/* Case 12: mq_timedreceive without a timeout does not return because of a
 * stop, and of all the threads that receive from one queue, in P and its
 * copies, each message reaches exactly one. */
#include "blocked.h"
#include <linux/mqueue.h>

#define SIZE 16				/* of a message */

static int queue;

static void receiver(int number)
{
	char text[SIZE];

	if (number % 2)
		CHECK_EQUAL(sys(mq_timedreceive, queue, text, SIZE, NULL, NULL),
			    SIZE);
	else
		CHECK_EQUAL(system_call(__NR_mq_timedreceive, queue, text, SIZE,
					NULL, NULL), SIZE);
	CHECK_EQUAL(text[SIZE - 1], 'x');
}

static void give(void)
{
	char text[SIZE];

	memset(text, 'x', SIZE);
	CHECK_EQUAL(system_call(__NR_mq_timedsend, queue, text, SIZE, 0, NULL),
		    0);
}

int main(int argc, char **argv)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = SIZE };
	unsigned long random = random_seed(argc, argv);
	char name[32];

	format(name, sizeof name, "forkall-%d", getpid());
	queue = (int)system_call(__NR_mq_open, name, O_RDWR | O_CREAT | O_EXCL,
				 0600, &attr);
	if (queue == -ENOSYS)
		skip("the kernel has no POSIX message queues");
	CHECK(queue >= 0);
	CHECK_EQUAL(system_call(__NR_mq_unlink, name), 0);
	for_each_count(n) {
		begin(n, receiver);
		storm(&random);
		release_each(give);
		finish();
	}
	return 0;
}
