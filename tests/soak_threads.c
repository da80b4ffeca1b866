/* Threads that come and go: joined, detached at first or later, and some that
 * end with a robust mutex in their hands, for the next one to find. */
#include "soak.h"
#include <linux/futex.h>

#define LITTER   4			/* at a time */

static struct mutex robust = { .type = MUTEX_ROBUST };
static int torn;			/* its last owner died */
static int detached, detached_ended;

struct child {
	struct thread *thread;
	long argument;
	int kind;			/* joined, detached, detached later */
};

void threads_begin(void)
{
	detached = detached_ended = 0;
}

static void *result_of(long argument)
{
	return (void *)(argument * 3 + 1);
}

/* Returns whether it keeps the lock. */
static int hold_robust(long argument)
{
	int r = mutex_lock(&robust);

	EXPECT(r == (torn ? -EOWNERDEAD : 0),
	       "a robust mutex gives %d, but its owner %s", r,
	       torn ? "died" : "did not die");
	if (r < 0)
		EXPECT_0(mutex_consistent(&robust));
	torn = argument % 3 == 0;
	if (!torn)
		EXPECT_0(mutex_unlock(&robust));
	return torn;
}

static void *be_born(void *argument)
{
	long n = (long)argument;

	me.random = (unsigned long)n + 1;
	meddle();
	switch (n % 5) {
	case 0:
		hold_robust(n / 5);
		break;
	case 1:
		sleep_for(n % 1000 * 1000);
		break;
	case 2:
		thread_exit(result_of(n));
	case 3:
		system_call(__NR_sched_yield);
	}
	return result_of(n);
}

static void *be_born_detached(void *argument)
{
	be_born((void *)((long)argument / 5 * 5));
	add(&detached_ended, 1);
	return NULL;
}

static void create(struct child *c)
{
	struct thread_attr attr = { .stack_size = 64 << 10,
				    .name = "child" };

	c->argument = chance(1000000);
	c->kind = (int)chance(3);
	attr.detached = c->kind == 1;
	if (c->kind)
		add(&detached, 1);
	EXPECT_0(thread_create(attr.detached ? NULL : &c->thread, &attr,
			       c->kind ? be_born_detached : be_born,
			       (void *)c->argument));
	count(THREADS);
}

static void end(struct child *c)
{
	void *result;

	if (c->kind == 2)
		EXPECT_0(thread_detach(c->thread));
	if (c->kind)
		return;
	EXPECT_0(thread_join(c->thread, &result));
	EXPECT(result == result_of(c->argument),
	       "a thread's result is %p, not %p", result,
	       result_of(c->argument));
}

/* The last one to leave waits for those whom nobody joins. */
void threads_run(int number)
{
	struct child children[LITTER];
	long began;

	while (!is_ending(NO_WORK)) {
		for (int i = 0; i < LITTER; i++)
			create(&children[i]);
		if (chance(2))
			nap(chance(2000) * 1000);
		for (int i = 0; i < LITTER; i++)
			end(&children[i]);
		check_self();
		meddle();
		nap(chance(5000) * 1000);
	}
	began = clock_now();
	while (number == 0 && load(&detached_ended) != load(&detached)) {
		nap(MILLISECOND);
		EXPECT(!is_impatient(began), "%d detached threads, %d ended",
		       load(&detached), load(&detached_ended));
	}
}

void threads_check(void)
{
	EXPECT(detached == detached_ended, "%d detached threads, %d ended",
	       detached, detached_ended);
	EXPECT((robust.word & ~(int)FUTEX_OWNER_DIED) == 0,
	       "a robust mutex is held: %x", robust.word);
}
