/* Threads that block in a system call each, while the process is stopped again
 * and again, and copied.  A test says what one thread does; P and its copies
 * then run the same lines, and in a copy the storm goes on as well.  One set
 * of threads a program. */
#ifndef BLOCKED_H
#define BLOCKED_H

#include "sys.h"		/* sys(): calls made without the library */
#include "crew.h"
#include <linux/poll.h>

#define INT_MAX 0x7fffffff
#define MOST   64
#define STOPS  50
#define COPIES 3
#define SECOND 1000000000L

/* How long a timed call takes, and by how much it may be late on a busy
 * machine: it would be later if the last stop had made its time begin anew. */
#define TIMEOUT SECOND
#define MARGIN  (SECOND * 3 / 4)

static struct {
	int count;
	struct thread *threads[MOST];
	int began;			/* about to make the call */
	int returned;			/* from it; in this process... */
	int *all_returned;		/* ...and in all: shared memory */
	int is_copy;
	int copies, pids[COPIES];
	int ready[2];			/* each copy tells P: mine all block */
	void (*call)(int number);
} blocked;

static inline void *blocked_thread(void *argument)
{
	add(&blocked.began, 1);
	blocked.call((int)(long)argument);
	add(&blocked.returned, 1);
	add(blocked.all_returned, 1);
	system_call(__NR_futex, blocked.all_returned, FUTEX_WAKE, INT_MAX);
	return NULL;
}

/* Starts n threads that make the call. */
static inline void begin(int n, void (*call)(int number))
{
	blocked.count = n;
	blocked.call = call;
	blocked.began = blocked.returned = blocked.copies = 0;
	if (!blocked.all_returned) {
		blocked.all_returned = memory_shared(sizeof(int));
		open_pipe(blocked.ready);
	}
	*blocked.all_returned = 0;
	for (long i = 0; i < n; i++)
		blocked.threads[i] = spawn(blocked_thread, (void *)i);
}

/* Waits until all sleep, in the call or for a moment longer in a stop that has
 * ended. */
static inline void await_blocked(void)
{
	while (load(&blocked.began) < blocked.count)
		system_call(__NR_sched_yield);
	for (int i = 0; i < blocked.count; i++)
		wait_asleep(thread_tid(blocked.threads[i]));
	CHECK_EQUAL(load(&blocked.returned), 0);
}

/* What a callback does must not change the call that its thread is in. */
static inline void make_call(void *unused)
{
	struct timespec none = { 0, 0 };

	(void)unused;
	CHECK_EQUAL(system_call(__NR_ppoll, NULL, 0, &none, NULL), 0);
}

static inline void stop_once(int copy)
{
	int pid;

	if (!copy || blocked.is_copy) {
		CHECK_EQUAL(synccall(make_call, NULL), 0);
		return;
	}
	pid = forkall();
	CHECK(pid >= 0);
	if (pid > 0) {
		blocked.pids[blocked.copies++] = pid;
		return;
	}
	blocked.is_copy = 1;
	blocked.copies = 0;		/* which are P's children */
}

/* Of 50 stops three are forks. */
static inline int is_copy_due(int stop)
{
	return stop % 16 == 8;
}

/* Stops threads that block without a limit of time: none returns.  At the end
 * the threads of P and of all copies block. */
static inline void storm(unsigned long *random)
{
	int stops = blocked.count > 8 ? STOPS / 3 : STOPS;

	await_blocked();
	for (int i = 0; i < stops; i++) {
		stop_once(is_copy_due(i));
		if (random_next(random) % 2)
			await_blocked();
	}
	await_blocked();
	if (blocked.is_copy)
		tell(blocked.ready);
	for (int i = 0; i < blocked.copies; i++)
		hear(blocked.ready);
}

/* In P only: lets all calls return one by one.  After give() exactly one thread
 * returns, of all those in P and the copies.  A stop comes at once, when it has
 * been woken but has not run yet; of many threads, not for each. */
static inline void release_each(void (*give)(void))
{
	int all = blocked.count * (blocked.copies + 1), now;

	if (!blocked.is_copy)
		CHECK_EQUAL(load(blocked.all_returned), 0);
	for (int i = 1; i <= all && !blocked.is_copy; i++) {
		give();
		if (i % (blocked.count / 8 + 1) == 0)
			stop_once(0);
		while ((now = load(blocked.all_returned)) < i)
			system_call(__NR_futex, blocked.all_returned,
				    FUTEX_WAIT, now, NULL);
		CHECK_EQUAL(now, i);
	}
}

/* Joins the threads; a copy ends here, and P sees that it ends well. */
static inline void finish(void)
{
	for (int i = 0; i < blocked.count; i++)
		CHECK_EQUAL(thread_join(blocked.threads[i], NULL), 0);
	CHECK_EQUAL(blocked.returned, blocked.count);
	if (blocked.is_copy)
		process_exit(0);
	for (int i = 0; i < blocked.copies; i++)
		reap(blocked.pids[i]);
}

/* ---- Calls with a limit of time ------------------------------------------ */

/* A call that began at a time took as long as it should. */
static inline void check_time(long began)
{
	long late = clock_now() - began - TIMEOUT;

	if (late < 0 || late > MARGIN)
		eprint("late by %ld ms\n", late / 1000000);
	CHECK(late >= 0);
	CHECK(late <= MARGIN);
}

static inline struct timespec at(long nanoseconds)
{
	return (struct timespec){ nanoseconds / SECOND, nanoseconds % SECOND };
}

/* Makes n threads call, with stops spread over the time that it takes. */
static inline void test_timed(int n, void (*call)(int number))
{
	long now = clock_now();
	struct timespec next;

	begin(n, call);
	for (int i = 0; i < STOPS && clock_now() < now + TIMEOUT; i++) {
		next = at(now + (i + 1) * (TIMEOUT / (STOPS + 1)));
		CHECK_EQUAL(sleep_until(&next), 0);
		stop_once(is_copy_due(i));
	}
	finish();
}

/* The same for all numbers of threads at once, in a process each. */
static inline void test_all_timed(void (*call)(int number))
{
	int pids[4], count = 0;

	for_each_count(n) {
		pids[count] = fork1();
		if (pids[count++] == 0) {
			test_timed(n, call);
			process_exit(0);
		}
	}
	while (count)
		reap(pids[--count]);
}

#endif
