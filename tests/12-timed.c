/* Case 12: semtimedop, whose timeout is relative, and mq_timedreceive, whose
 * is absolute, end when it is over, in P and in copies, though a stop
 * interrupts them 50 times. */
#include "blocked.h"
#include <linux/ipc.h>
#include <linux/mqueue.h>
#include <linux/sem.h>

static int semaphore, queue;

static void take(void)
{
	struct sembuf operation = { .sem_op = -1 };
	struct timespec timeout = at(TIMEOUT);

	CHECK_EQUAL(system_call(__NR_semtimedop, semaphore, &operation, 1,
				&timeout), -EAGAIN);
	CHECK_EQUAL(timeout.tv_sec, TIMEOUT / SECOND);
}

static void receive(void)
{
	struct timespec deadline;
	char text[16];

	CHECK_EQUAL(system_call(__NR_clock_gettime, CLOCK_REALTIME, &deadline),
		    0);
	deadline.tv_sec += TIMEOUT / SECOND;
	CHECK_EQUAL(system_call(__NR_mq_timedreceive, queue, text, sizeof text,
				NULL, &deadline), -ETIMEDOUT);
}

static void waiter(int number)
{
	long began = clock_now();

	if (number % 2)
		receive();
	else
		take();
	check_time(began);
}

int main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 16 };
	char name[32];

	semaphore = (int)system_call(__NR_semget, IPC_PRIVATE, 1, 0600);
	if (semaphore == -ENOSYS)
		skip("the kernel has no System V semaphores");
	CHECK(semaphore >= 0);
	format(name, sizeof name, "forkall-%d", getpid());
	queue = (int)system_call(__NR_mq_open, name, O_RDWR | O_CREAT | O_EXCL,
				 0600, &attr);
	if (queue == -ENOSYS)
		skip("the kernel has no POSIX message queues");
	CHECK(queue >= 0);
	CHECK_EQUAL(system_call(__NR_mq_unlink, name), 0);
	test_all_timed(waiter);
	CHECK_EQUAL(system_call(__NR_semctl, semaphore, 0, IPC_RMID), 0);
	return 0;
}
