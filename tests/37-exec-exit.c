/* Case 37: while one thread stops the others again and again, for forkall() or
 * synccall(), another ends the process or executes a program.  P ends as that
 * wants, whatever stage the stop was at: no stop signal is left for the program
 * to die of.  So does every copy, whose copy of that thread goes on, too. */
#include "proc.h"
#include "crew.h"

static char *const program[] = { "/proc/self/exe", "executed", NULL };
static unsigned delay;

static void *actor(void *execute)
{
	for (volatile unsigned i = 0; i < delay; i++)
		;
	if (execute)
		system_call(__NR_execve, program[0], program,
			    (char *[]){ NULL });
	else
		process_exit(0);
	process_exit(1);
}

static void callback(void *unused)
{
	(void)unused;
}

/* Until the other thread ends it. */
static _Noreturn void stop_again_and_again(int with_forkall)
{
	int pid;

	while (!with_forkall)
		CHECK_EQUAL(synccall(callback, NULL), 0);
	while ((pid = forkall()) != 0) {
		CHECK(pid > 0);
		reap(pid);
	}
	process_exit(0);
}

static void test(int n, int with_forkall, int execute)
{
	int pid = fork1();

	CHECK(pid >= 0);
	if (pid == 0) {
		crew_muster(n);
		spawn(actor, execute ? program[0] : NULL);
		stop_again_and_again(with_forkall);
	}
	CHECK(reap_all() >= 1);
}

int main(int argc, char **argv)
{
	unsigned long random;

	if (argc > 1 && strcmp(argv[1], program[1]) == 0)
		return 0;
	random = random_seed(argc, argv);
	adopt_orphans();
	for_each_count(n) {
		for (int i = 0; i < (n < 64 ? 40 : 12); i++) {
			/* Between two synccalls the others get little time. */
			delay = random_next(&random) %
				(i & 2 ? 1000000 : 10000 / (unsigned)n);
			test(n, i & 2, i & 1);
		}
	}
	return 0;
}
