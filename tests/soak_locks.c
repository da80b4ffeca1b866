/* once_call(); and mutexes of all types: nobody is inside who does not hold the
 * lock, every owner is the right one, and what is counted under the lock is all
 * there in the end. */
#include "soak.h"

#define TYPES   6
#define THREADS 3
#define BURST   40

static struct guarded {
	struct mutex mutex;
	struct thread *inside;
	long count, twice;
} guarded[TYPES];

static struct once once;
static int begun, done;			/* of once_call()'s function */

static long tallies[THREADS][TYPES];

static const int types[TYPES] = {
	MUTEX_PLAIN, MUTEX_RECURSIVE, MUTEX_ERRORCHECK,
	MUTEX_PLAIN | MUTEX_ROBUST, MUTEX_RECURSIVE | MUTEX_ROBUST,
	MUTEX_ERRORCHECK | MUTEX_ROBUST,
};

void locks_begin(void)
{
	memset(guarded, 0, sizeof guarded);
	memset(tallies, 0, sizeof tallies);
	once = (struct once)ONCE_INIT;
	begun = done = 0;
	for (int i = 0; i < TYPES; i++)
		EXPECT_0(mutex_init(&guarded[i].mutex, types[i]));
}

/* Returns whether it could be had. */
static int take(struct guarded *g)
{
	struct moment began = moment_now();
	long deadline = clock_now() + chance(3000) * 1000;
	struct timespec until = time_of(deadline);
	int r;

	switch (chance(3)) {
	case 0:
		EXPECT_0(mutex_lock(&g->mutex));
		return 1;
	case 1:
		r = mutex_trylock(&g->mutex);
		EXPECT(r == 0 || r == -EBUSY, "mutex_trylock gives %d", r);
		return r == 0;
	default:
		r = mutex_lock_until(&g->mutex, &until);
		EXPECT(r == 0 || r == -ETIMEDOUT, "mutex_lock_until gives %d",
		       r);
		if (r < 0)
			check_deadline("mutex_lock_until", deadline, &began);
		return r == 0;
	}
}

/* What the type says of an owner who locks again, but that it may wait for
 * ever. */
static void lock_again(struct guarded *g)
{
	int kind = g->mutex.type & ~MUTEX_ROBUST, r;

	if (kind == MUTEX_PLAIN)
		return;
	r = mutex_lock(&g->mutex);
	EXPECT(r == (kind == MUTEX_RECURSIVE ? 0 : -EDEADLK),
	       "the owner's mutex_lock, type %d, gives %d", g->mutex.type, r);
	if (r == 0) {
		EXPECT(mutex_trylock(&g->mutex) == 0, "not recursive");
		EXPECT_0(mutex_unlock(&g->mutex));
		EXPECT_0(mutex_unlock(&g->mutex));
	}
}

static void work_inside(struct guarded *g)
{
	EXPECT(!g->inside, "two are inside, type %d", g->mutex.type);
	g->inside = me.thread;
	g->count++;
	if (!chance(8))
		system_call(__NR_sched_yield);
	if (!chance(16))
		meddle();
	lock_again(g);
	EXPECT(g->inside == me.thread, "another is inside, type %d",
	       g->mutex.type);
	g->twice += 2;
	EXPECT(g->twice == 2 * g->count, "counts %ld and %ld, type %d",
	       g->count, g->twice, g->mutex.type);
	g->inside = NULL;
}

static void be_once(void)
{
	begun++;
	make_forkall();
	nap(chance(5000) * 1000);
	done++;
}

void locks_run(int number)
{
	unsigned i;
	int r;

	EXPECT_0(once_call(&once, be_once));
	EXPECT(begun == 1 && done == 1, "once_call has run it %d times, %d to"
	       " the end", begun, done);
	while (!is_ending(NO_WORK)) {
		for (int n = 0; n < BURST; n++) {
			i = chance(TYPES);
			if (!take(&guarded[i]))
				continue;
			work_inside(&guarded[i]);
			tallies[number][i]++;
			EXPECT_0(mutex_unlock(&guarded[i].mutex));
			r = mutex_unlock(&guarded[i].mutex);
			EXPECT(r == -EPERM, "who does not hold it unlocks: %d",
			       r);
			count(LOCKS);
		}
		check_self();
		nap(chance(4000) * 1000);
	}
}

void locks_check(void)
{
	for (int i = 0; i < TYPES; i++) {
		long sum = 0;

		for (int n = 0; n < THREADS; n++)
			sum += tallies[n][i];
		EXPECT(sum == guarded[i].count,
		       "locked %ld times, counted %ld, type %d", sum,
		       guarded[i].count, types[i]);
	}
}
