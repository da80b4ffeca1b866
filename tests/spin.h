/* Threads that spin with values of their own in their registers, or elsewhere,
 * while the process is copied three generations deep. */
#ifndef SPIN_H
#define SPIN_H

#include "test.h"

#define SPIN_MAX 64

/* For assembly too, hence used. */
static __attribute__((used)) int ready;	/* how many spin */
static __attribute__((used)) int go;	/* no longer */

static inline void spin_in_copies(int count, void *(*thread)(void *))
{
	int depth = count < SPIN_MAX ? 3 : 1;
	struct thread *spinners[SPIN_MAX];
	int generation, pid = 0;
	void *wrong;

	store(&ready, 0);
	store(&go, 0);
	for (long i = 0; i < count; i++)
		spinners[i] = spawn(thread, (void *)i);
	while (load(&ready) < count)
		system_call(__NR_sched_yield);
	for (generation = 0; generation < depth && pid == 0; generation++) {
		pid = forkall();
		CHECK(pid >= 0);
	}
	if (pid > 0)
		generation--;
	store(&go, 1);
	for (int i = 0; i < count; i++) {
		CHECK_EQUAL(thread_join(spinners[i], &wrong), 0);
		if (wrong)
			eprint("generation %d, %d threads, thread %d: %s\n",
			       generation, count, i, (char *)wrong);
		CHECK(!wrong);
	}
	if (pid > 0)
		reap(pid);
	if (generation > 0)
		process_exit(0);
}

/* Runs threads thread(0), thread(1), ..., each of which adds itself to ready,
 * spins until go, and returns what is wrong, or NULL; in every copy. */
static inline void spin_and_copy(void *(*thread)(void *))
{
	for (int n = 1; n <= SPIN_MAX; n = n == 1 ? 2 : n == 2 ? 8 : n * 8)
		spin_in_copies(n, thread);
}

#endif
