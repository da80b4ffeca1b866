/* Where threads meet: a queue with condition variables, through which a
 * sequence of numbers goes, none lost, none doubled; a barrier; a semaphore. */
#include "soak.h"

#define ROOM    8
#define PARTY   3
#define PERMITS 2

static struct {
	struct mutex mutex;
	struct condition not_full, not_empty;
	long numbers[ROOM], in, out;	/* how many so far */
} queue;

static struct {
	struct barrier first, second;
	long rounds[PARTY];
	int firsts, over;
} party;

static struct {
	struct semaphore permits;
	int inside;
	long taken, given;
} pool;

void meet_begin(void)
{
	memset(&queue, 0, sizeof queue);
	memset(&party, 0, sizeof party);
	memset(&pool, 0, sizeof pool);
	EXPECT_0(barrier_init(&party.first, PARTY));
	EXPECT_0(barrier_init(&party.second, PARTY));
	EXPECT_0(semaphore_init(&pool.permits, PERMITS));
}

/* ---- Queue --------------------------------------------------------------- */

/* Now and then with a deadline, after which it waits again. */
static void await(struct condition *condition)
{
	struct moment began = moment_now();
	long deadline = clock_now() + chance(5000) * 1000;
	struct timespec until = time_of(deadline);
	int r;

	if (chance(2)) {
		EXPECT_0(condition_wait(condition, &queue.mutex));
		return;
	}
	r = condition_wait_until(condition, &queue.mutex, &until);
	EXPECT(r == 0 || r == -ETIMEDOUT, "condition_wait_until gives %d", r);
	if (r < 0)
		check_deadline("condition_wait_until", deadline, &began);
}

static void put(long number)
{
	EXPECT_0(mutex_lock(&queue.mutex));
	while (queue.in - queue.out == ROOM)
		await(&queue.not_full);
	queue.numbers[queue.in++ % ROOM] = number;
	EXPECT_0(condition_signal(&queue.not_empty));
	EXPECT_0(mutex_unlock(&queue.mutex));
}

static long get(void)
{
	long number;

	EXPECT_0(mutex_lock(&queue.mutex));
	while (queue.in == queue.out)
		await(&queue.not_empty);
	number = queue.numbers[queue.out++ % ROOM];
	EXPECT_0(condition_broadcast(&queue.not_full));
	EXPECT_0(mutex_unlock(&queue.mutex));
	return number;
}

/* The first one gives, and in the end -1. */
void queue_run(int number)
{
	long next = 0, n;

	while (number == 0 && !is_ending(NO_WORK)) {
		put(next++);
		if (!chance(16))
			nap(chance(4000) * 1000);
		check_self();
	}
	if (number == 0) {
		put(-1);
		return;
	}
	while ((n = get()) >= 0) {
		EXPECT(n == next, "number %ld comes out, not %ld", n, next);
		next++;
		check_self();
		meddle();
	}
}

/* ---- Barrier ------------------------------------------------------------- */

/* Between the two barriers all have made the same number of rounds. */
void barrier_run(int number)
{
	int r;

	do {
		party.rounds[number]++;
		r = barrier_wait(&party.first);
		EXPECT(r == 0 || r == 1, "barrier_wait gives %d", r);
		add(&party.firsts, r);
		for (int i = 0; i < PARTY; i++)
			EXPECT(load(&party.rounds[i]) == party.rounds[number],
			       "the barrier let through who was not last");
		if (number == 0)
			party.over = is_ending(NO_WORK);
		r = barrier_wait(&party.second);
		EXPECT(load(&party.firsts) == party.rounds[number],
		       "of %ld rounds, %d had a last one",
		       party.rounds[number], load(&party.firsts));
		check_self();
		meddle();
		nap(chance(3000) * 1000);
		/* The first one may be ahead of others, up to the barrier. */
	} while (!load(&party.over));
}

/* ---- Semaphore ----------------------------------------------------------- */

static int take(void)
{
	unsigned long handled = me.handled;
	long deadline = clock_now() + chance(3000) * 1000;
	struct timespec until = time_of(deadline);
	struct moment began = moment_now();
	int timed = (int)chance(2), r;

	r = timed ? semaphore_wait_until(&pool.permits, &until) :
		    semaphore_wait(&pool.permits);
	if (r == -ETIMEDOUT && timed)
		check_deadline("semaphore_wait_until", deadline, &began);
	else
		EXPECT(r == 0 || (r == -EINTR && me.handled != handled),
		       "semaphore_wait gives %d", r);
	return r == 0;
}

void semaphore_run(int number)
{
	int inside;

	(void)number;
	while (!is_ending(NO_WORK)) {
		if (!take())
			continue;
		inside = add(&pool.inside, 1);
		add(&pool.taken, 1);
		EXPECT(inside <= PERMITS, "%d have a permit", inside);
		nap(chance(2000) * 1000);
		add(&pool.inside, -1);
		add(&pool.given, 1);
		EXPECT_0(semaphore_post(&pool.permits));
		check_self();
		meddle();
	}
}

void meet_check(void)
{
	EXPECT(queue.in == queue.out, "%ld went in, %ld came out", queue.in,
	       queue.out);
	for (int i = 0; i < PARTY; i++)
		EXPECT(party.rounds[i] == party.rounds[0], "rounds differ");
	EXPECT(pool.taken == pool.given && pool.permits.value == PERMITS &&
	       !pool.permits.waiters, "%ld taken, %ld given, %d left",
	       pool.taken, pool.given, pool.permits.value);
}
