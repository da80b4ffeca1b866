/* Case 35: P ends between the fork and the moment when its copy is complete.  The
 * copy has nobody to report to, and that must not harm it: a write to the
 * reader-less pipe would leave it a fatal SIGPIPE. */
#include "proc.h"
#include "crew.h"

static int *complete;				/* in shared memory */

/* P has a child from the fork on, whatever has become of it; the watcher must not
 * reap it.  The watcher's copy has only to end. */
static void *watcher(void *original)
{
	while (getpid() == (int)(long)original)
		if (system_call(__NR_waitid, P_ALL, 0, NULL, WEXITED | WNOHANG |
				WNOWAIT | __WALL, NULL) != -ECHILD)
			process_exit(0);
	return NULL;
}

static _Noreturn void run(int n)
{
	struct thread *thread;

	crew_muster(n);
	thread = spawn(watcher, (void *)(long)getpid());
	if (forkall() != 0)
		for (;;)
			system_call(__NR_sched_yield);	/* P ends anyway */
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	crew_roll_call();
	add(complete, 1);
	process_exit(0);
}

int main(void)
{
	int rounds = 0, pid;

	adopt_orphans();
	complete = memory_shared(sizeof *complete);
	for_each_count(n) {
		for (int i = 0; i < 10; i++, rounds++) {
			pid = fork1();
			CHECK(pid >= 0);
			if (pid == 0)
				run(n);
			CHECK_EQUAL(reap_all(), 2);
		}
	}
	CHECK_EQUAL(load(complete), rounds);
	return 0;
}
