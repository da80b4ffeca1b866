/* One thread among a crew that is not like the others: it has made some change
 * for itself alone, so forkall() must refuse, whoever calls, and nothing may
 * have happened; when that thread has ended, all is well again. */
#ifndef ODD_H
#define ODD_H

#include "proc.h"
#include "signals.h"

static struct {
	struct thread *thread;
	long (*change)(void);
	long result;			/* of the change */
	int forkall;			/* result of its own call */
	int ends;
	struct semaphore changed, go_on, called;
} odd;

static inline void *odd_thread(void *unused)
{
	odd.result = odd.change();
	CHECK_EQUAL(semaphore_post(&odd.changed), 0);
	CHECK_EQUAL(semaphore_wait(&odd.go_on), 0);
	while (!odd.ends) {
		odd.forkall = forkall();
		CHECK_EQUAL(semaphore_post(&odd.called), 0);
		CHECK_EQUAL(semaphore_wait(&odd.go_on), 0);
	}
	return unused;
}

/* Returns what the change has: negative if it cannot be made. */
static inline long odd_start(long (*change)(void))
{
	odd.change = change;
	odd.ends = 0;
	odd.thread = spawn(odd_thread, NULL);
	CHECK_EQUAL(semaphore_wait(&odd.changed), 0);
	return odd.result;
}

static inline void odd_call(void)
{
	CHECK_EQUAL(semaphore_post(&odd.go_on), 0);
	CHECK_EQUAL(semaphore_wait(&odd.called), 0);
}

static inline void odd_end(void)
{
	odd.ends = 1;
	CHECK_EQUAL(semaphore_post(&odd.go_on), 0);
	CHECK_EQUAL(thread_join(odd.thread, NULL), 0);
}

/* A crew of n and the odd thread, none of which a copy is made of.  SIGCHLD is
 * blocked and would show that there was one for a moment. */
static inline void check_refused(int n)
{
	long mappings = count_mappings(), descriptors = count_descriptors();

	set_mask(BIT(SIGCHLD));
	CHECK_EQUAL(forkall(), -EOPNOTSUPP);
	CHECK_EQUAL(snapshot(), -EOPNOTSUPP);
	CHECK_EQUAL(crew_forkall(n - 1), -EOPNOTSUPP);
	odd_call();
	CHECK_EQUAL(odd.forkall, -EOPNOTSUPP);
	crew_roll_call();
	CHECK(!(pending_signals() & BIT(SIGCHLD)));
	check_childless();
	CHECK_EQUAL(count_mappings(), mappings);
	CHECK_EQUAL(count_descriptors(), descriptors);
	CHECK_EQUAL(proc_field("/proc/self/status", "Threads:"), n + 1);
	CHECK_EQUAL(get_mask(), BIT(SIGCHLD));
}

static inline void check_copied(int n)
{
	int pid = crew_forkall(n / 2);

	CHECK(pid >= 0);
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

/* Returns 0 if the change cannot be made. */
static inline int check_odd(int n, long (*change)(void))
{
	long r;

	crew_muster(n);
	check_copied(n);
	r = odd_start(change);
	if (r >= 0)
		check_refused(n);
	odd_end();
	await_threads(n);
	check_copied(n);
	crew_dismiss();
	return r >= 0;
}

/* The same, each number of threads in a process of its own. */
static inline int check_odd_all(const char *what, long (*change)(void))
{
	int pid, status;

	for_each_count(n) {
		pid = fork1();
		CHECK(pid >= 0);
		if (pid == 0)
			process_exit(check_odd(n, change) ? 0 : SKIPPED);
		CHECK_EQUAL(system_call(__NR_wait4, pid, &status, 0, NULL),
			    pid);
		if (status == SKIPPED << 8) {
			print("%s: cannot be changed here\n", what);
			return 0;
		}
		if (status)
			eprint("%s, %d threads: status %x\n", what, n, status);
		CHECK_EQUAL(status, 0);
	}
	return 1;
}

#endif
