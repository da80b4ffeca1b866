/* Case 12: semop does not return because of a stop, and of all the threads
 * that wait for one semaphore, in P and its copies, each unit reaches exactly
 * one.  Hard because the kernel gives semop up with EINTR at every signal. */
#include "blocked.h"
#include <linux/ipc.h>
#include <linux/sem.h>

static int semaphore;

static long change(int by)
{
	struct sembuf operation = { .sem_op = (short)by };

	return system_call(__NR_semop, semaphore, &operation, 1);
}

static void waiter(int number)
{
	struct sembuf take = { .sem_op = -1 };

	if (number % 2)
		CHECK_EQUAL(change(-1), 0);
	else
		CHECK_EQUAL(system_call(__NR_semtimedop, semaphore, &take, 1,
					NULL), 0);
}

static void give(void)
{
	CHECK_EQUAL(change(1), 0);
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	semaphore = (int)system_call(__NR_semget, IPC_PRIVATE, 1, 0600);
	if (semaphore == -ENOSYS)
		skip("the kernel has no System V semaphores");
	CHECK(semaphore >= 0);
	for_each_count(n) {
		begin(n, waiter);
		storm(&random);
		release_each(give);
		finish();
		CHECK_EQUAL(system_call(__NR_semctl, semaphore, 0, GETVAL), 0);
	}
	CHECK_EQUAL(system_call(__NR_semctl, semaphore, 0, IPC_RMID), 0);
	return 0;
}
