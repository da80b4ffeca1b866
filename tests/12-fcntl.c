/* Case 12: threads that wait for a record lock, the process's own kind or the
 * open file's, go on waiting through stops, in P and in copies, and all get it
 * when the process that has it gives it up. */
#include "blocked.h"

static int file, *is_free;		/* is_free: in the memory of all */

static struct flock whole_file(int type)
{
	return (struct flock){ .l_type = (short)type };
}

static void locker(int number)
{
	struct flock lock = whole_file(F_RDLCK);
	int command = number % 2 ? F_SETLKW : F_OFD_SETLKW;

	if (number % 4 < 2)
		CHECK_EQUAL(sys(fcntl, file, command, &lock), 0);
	else
		CHECK_EQUAL(system_call(__NR_fcntl, file, command, &lock), 0);
	CHECK_EQUAL(load(is_free), 1);
}

/* Another process has the lock. */
static int hold(const int held[2], const int give_up[2])
{
	struct flock lock = whole_file(F_WRLCK);
	int pid = fork1();

	if (pid != 0)
		return pid;
	CHECK_EQUAL(system_call(__NR_fcntl, file, F_SETLK, &lock), 0);
	tell(held);
	hear(give_up);
	store(is_free, 1);
	process_exit(0);
}

static void unlock(int command)
{
	struct flock lock = whole_file(F_UNLCK);

	CHECK_EQUAL(system_call(__NR_fcntl, file, command, &lock), 0);
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);
	int held[2], give_up[2], holder;

	file = (int)system_call(__NR_memfd_create, "lock", 0);
	CHECK(file >= 0);
	is_free = memory_shared(sizeof *is_free);
	open_pipe(held);
	open_pipe(give_up);
	for_each_count(n) {
		store(is_free, 0);
		holder = hold(held, give_up);
		hear(held);
		begin(n, locker);
		storm(&random);
		if (!blocked.is_copy) {
			tell(give_up);
			stop_once(0);
			reap(holder);
		}
		finish();
		unlock(F_SETLK);
		unlock(F_OFD_SETLK);
	}
	return 0;
}
