/* A crew: threads that answer a roll call, so that a test can ask in P and in
 * every copy whether all are there and still themselves.  One of them may be
 * told to call forkall() in the middle of it.  One crew a program. */
#ifndef CREW_H
#define CREW_H

#include "test.h"

#define CREW_MAX 10000

/* The numbers of threads that tests run with: 1, 2, 8, 64. */
#define for_each_count(n) \
	for (int n = 1; n <= 64; n = n == 1 ? 2 : n == 2 ? 8 : n * 8)

static struct {
	int size;			/* with the main thread, which is 0 */
	struct thread *members[CREW_MAX];
	struct barrier call, copied, answer;
	int answers, dismissed;
	int caller;			/* who is to call forkall(), or 0 */
	int result;			/* of that, */
	int (*copy)(void);		/* or of this instead */
	void (*look)(void);		/* at oneself, in each roll call; or NULL */
} crew;

static inline int gettid(void)
{
	return (int)system_call(__NR_gettid);
}

static inline void *crew_member(void *argument)
{
	struct thread *self = thread_self();
	int id = thread_id(self), number = (int)(long)argument;

	for (;;) {
		barrier_wait(&crew.call);
		if (crew.dismissed)
			return argument;
		if (crew.caller == number)
			crew.result = crew.copy ? crew.copy() : forkall();
		/* Now no copy is made between two looks at an id. */
		barrier_wait(&crew.copied);
		CHECK_EQUAL(thread_self(), self);
		CHECK_EQUAL(thread_id(self), id);
		CHECK_EQUAL(thread_tid(self), gettid());
		CHECK(gettid() != getpid());
		if (crew.look)
			crew.look();
		add(&crew.answers, 1);
		barrier_wait(&crew.answer);
	}
}

/* Makes a crew of size threads, the caller being one of them. */
static inline void crew_muster(int size)
{
	crew.size = size;
	crew.dismissed = 0;
	CHECK_EQUAL(barrier_init(&crew.call, size), 0);
	CHECK_EQUAL(barrier_init(&crew.copied, size), 0);
	CHECK_EQUAL(barrier_init(&crew.answer, size), 0);
	for (long i = 1; i < size; i++)
		crew.members[i] = spawn(crew_member, (void *)i);
}

static inline void crew_roll_call(void)
{
	crew.answers = 0;
	barrier_wait(&crew.call);
	barrier_wait(&crew.copied);
	barrier_wait(&crew.answer);
	CHECK_EQUAL(crew.answers, crew.size - 1);
}

/* Has a member, or the main thread itself, call forkall(); in P and in the copy
 * all answer after that.  Returns what forkall() did. */
static inline int crew_forkall(int caller)
{
	int r;

	if (caller == 0) {
		r = forkall();
		crew_roll_call();
		return r;
	}
	crew.caller = caller;
	crew_roll_call();
	crew.caller = 0;
	return crew.result;
}

/* Calls each(thread, number) for all, the caller of forkall() being number 0. */
static inline void crew_for_all(int caller, void (*each)(struct thread *, int))
{
	for (int i = 0; i < crew.size; i++)
		each(i ? crew.members[i] : thread_self(),
		     (i - caller + crew.size) % crew.size);
}

static inline void crew_dismiss(void)
{
	void *result;

	crew.dismissed = 1;
	barrier_wait(&crew.call);
	for (long i = 1; i < crew.size; i++) {
		CHECK_EQUAL(thread_join(crew.members[i], &result), 0);
		CHECK_EQUAL(result, i);
	}
}

#endif
