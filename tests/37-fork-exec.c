/* Case 37: a child made by a raw clone() executes a program while other threads
 * of its parent copy the process and create threads.  In its copy of the
 * library's memory a lock may be held by a thread that it has not: it must not
 * wait for that. */
#include "proc.h"

static char *const program[] = { "/proc/self/exe", "executed", NULL };
static int ending;

static void *nothing(void *argument)
{
	return argument;
}

static void *copier(void *unused)
{
	int pid;

	while (!load(&ending)) {
		pid = forkall();
		CHECK(pid >= 0);
		if (pid == 0)
			process_exit(0);
		reap(pid);
	}
	return unused;
}

static void *creator(void *unused)
{
	while (!load(&ending))
		CHECK_EQUAL(thread_join(spawn(nothing, NULL), NULL), 0);
	return unused;
}

int main(int argc, char **argv)
{
	int original = getpid(), status;
	struct thread *first, *second;
	long pid, r;

	if (argc > 1 && strcmp(argv[1], program[1]) == 0)
		return 0;
	adopt_orphans();
	first = spawn(copier, NULL);
	second = spawn(creator, NULL);
	for (int i = 0; i < 200; i++) {
		pid = system_call(__NR_clone, SIGCHLD, 0, 0, 0, 0);
		CHECK(pid >= 0);
		if (pid == 0) {
			system_call(__NR_execve, program[0], program,
				    (char *[]){ NULL });
			process_exit(1);
		}
		r = system_call(__NR_wait4, pid, &status, __WALL, NULL);
		if (getpid() != original)
			process_exit(0);
		CHECK_EQUAL(r, pid);
		CHECK_EQUAL(status, 0);
	}
	store(&ending, 1);
	CHECK_EQUAL(thread_join(first, NULL), 0);
	CHECK_EQUAL(thread_join(second, NULL), 0);
	reap_all();
	return 0;
}
