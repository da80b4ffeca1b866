/* Case 34: eight generations of copies, each made by another thread; with a
 * brother in each; and processes that all make copies at the same time.  Every
 * copy has all threads, whole and with the same numbers. */
#include "proc.h"
#include "crew.h"

#define GENERATIONS 8

static int *born;				/* in shared memory */

static int copy(unsigned long *random)
{
	int pid = crew_forkall((int)(random_next(random) %
				     (unsigned)crew.size));

	CHECK(pid >= 0);
	if (pid == 0) {
		add(born, 1);
		check_childless();
	}
	return pid;
}

static _Noreturn void end_copy(void)
{
	crew_dismiss();
	process_exit(0);
}

/* The elder brother stays without children, the younger goes on. */
static void test_line(unsigned long *random)
{
	int elder = 0, younger = 0, depth = 0;

	for (; depth < GENERATIONS; depth++) {
		elder = copy(random);
		if (elder == 0)
			end_copy();
		younger = copy(random);
		if (younger > 0)
			break;
		*random += 12345;
	}
	if (depth < GENERATIONS) {
		reap(younger);
		reap(elder);
	}
	if (depth > 0)
		end_copy();
	CHECK_EQUAL(load(born), 2 * GENERATIONS);
}

/* All processes there are make a copy, levels times. */
static void test_tree(int levels, unsigned long *random)
{
	int original = getpid(), children = 0;

	for (int i = 0; i < levels; i++) {
		if (copy(random) > 0) {
			children++;
		} else {
			children = 0;
			*random += (unsigned)getpid();
		}
	}
	CHECK_EQUAL(reap_all(), children);
	if (getpid() != original)
		end_copy();
	CHECK_EQUAL(load(born), (1 << levels) - 1);
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	born = memory_shared(sizeof *born);
	for_each_count(n) {
		crew_muster(n);
		store(born, 0);
		test_line(&random);
		store(born, 0);
		test_tree(n < 64 ? 4 : 3, &random);
		crew_dismiss();
		check_childless();
	}
	return 0;
}
