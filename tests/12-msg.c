/* Case 12: msgrcv from an empty queue and msgsnd to a full one do not return
 * because of a stop; each message, or place, reaches exactly one of all the
 * threads in P and its copies.  Hard because the kernel gives them up with
 * EINTR. */
#include "blocked.h"
#include <linux/ipc.h>
#include <linux/msg.h>

static int queue;

static long send(int flags)
{
	struct { long type; char text[8]; } message = { 1, "message" };

	return system_call(__NR_msgsnd, queue, &message, sizeof message.text,
			   flags);
}

static long receive(int flags)
{
	struct { long type; char text[8]; } message;
	long r = system_call(__NR_msgrcv, queue, &message, sizeof message.text,
			     0, flags);

	if (r >= 0)
		CHECK_EQUAL(strcmp(message.text, "message"), 0);
	return r;
}

static void receiver(int number)
{
	(void)number;
	CHECK_EQUAL(receive(0), 8);
}

static void give_message(void)
{
	CHECK_EQUAL(send(0), 0);
}

static void sender(int number)
{
	(void)number;
	CHECK_EQUAL(send(0), 0);
}

static void give_place(void)
{
	CHECK_EQUAL(receive(0), 8);
}

static void test(void (*call)(int), void (*give)(void), unsigned long *random)
{
	for_each_count(n) {
		begin(n, call);
		storm(random);
		release_each(give);
		finish();
	}
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	queue = (int)system_call(__NR_msgget, IPC_PRIVATE, 0600);
	if (queue == -ENOSYS)
		skip("the kernel has no System V message queues");
	CHECK(queue >= 0);
	test(receiver, give_message, &random);
	CHECK_EQUAL(receive(IPC_NOWAIT), -ENOMSG);
	while (send(IPC_NOWAIT) == 0)
		;
	test(sender, give_place, &random);
	CHECK_EQUAL(send(IPC_NOWAIT), -EAGAIN);
	CHECK_EQUAL(system_call(__NR_msgctl, queue, IPC_RMID, NULL), 0);
	return 0;
}
