/* Case 12: threads that wait for a flock() go on waiting through stops, in P
 * and in copies, and all get it when it is free.  Copies share open files, and
 * the locks of flock() with them. */
#include "blocked.h"

static int files[MOST];
static int *is_free;			/* in the memory of all */

static void locker(int number)
{
	int fd = files[number];

	if (number % 2)
		CHECK_EQUAL(sys(flock, fd, LOCK_EX), 0);
	else
		CHECK_EQUAL(system_call(__NR_flock, fd, LOCK_EX), 0);
	CHECK_EQUAL(load(is_free), 1);
	CHECK_EQUAL(system_call(__NR_flock, fd, LOCK_UN), 0);
}

static int open_again(int fd)
{
	char path[32];

	format(path, sizeof path, "/proc/self/fd/%d", fd);
	return (int)system_call(__NR_openat, AT_FDCWD, path, O_RDWR, 0);
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);
	int own = (int)system_call(__NR_memfd_create, "lock", 0);

	CHECK(own >= 0);
	is_free = memory_shared(sizeof *is_free);
	for (int i = 0; i < MOST; i++) {
		files[i] = open_again(own);
		CHECK(files[i] >= 0);
	}
	for_each_count(n) {
		store(is_free, 0);
		CHECK_EQUAL(system_call(__NR_flock, own, LOCK_EX), 0);
		begin(n, locker);
		storm(&random);
		if (!blocked.is_copy) {
			store(is_free, 1);
			CHECK_EQUAL(system_call(__NR_flock, own, LOCK_UN), 0);
			stop_once(0);
		}
		finish();
	}
	return 0;
}
