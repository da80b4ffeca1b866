/* Waiting: futexes and sleep with absolute deadlines, and on them the condition
 * variable, barrier, semaphore and once.  Every wait goes through
 * restartable_call(), so none of them ends because of a stop. */
#include "call.h"

static struct call call_until(const struct timespec *deadline)
{
	return (struct call){ .timed = CALL_ABSOLUTE, .clock = CLOCK_MONOTONIC,
			      .deadline = *deadline };
}

static int futex_wait_on(int *word, int operation, int value,
			 const struct timespec *deadline)
{
	struct call call;

	if (!deadline)
		return (int)restartable_call(__NR_futex, (long)word, operation,
					     value, 0, 0,
					     (int)FUTEX_BITSET_MATCH_ANY);
	call = call_until(deadline);
	return (int)call_make(&call, __NR_futex, (long[6]){ (long)word,
			      operation, value, (long)&call.kernel_time, 0,
			      (int)FUTEX_BITSET_MATCH_ANY });
}

int futex_wait_until(int *word, int value, const struct timespec *deadline)
{
	return futex_wait_on(word, FUTEX_WAIT_BITSET_PRIVATE, value, deadline);
}

int futex_wait_shared(int *word, int value, const struct timespec *deadline)
{
	return futex_wait_on(word, FUTEX_WAIT_BITSET, value, deadline);
}

int deadline_check(const struct timespec *t)
{
	if (t && (t->tv_sec < 0 || t->tv_nsec < 0 || t->tv_nsec >= NANOSECONDS))
		return -EINVAL;
	return 0;
}

long clock_now(void)
{
	struct timespec now;

	clock_read(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NANOSECONDS + now.tv_nsec;
}

int sleep_until(const struct timespec *deadline)
{
	struct call call;

	if (!deadline || deadline_check(deadline))
		return -EINVAL;
	call = call_until(deadline);
	return (int)call_make(&call, __NR_clock_nanosleep, (long[6]){
			      CLOCK_MONOTONIC, TIMER_ABSTIME,
			      (long)&call.kernel_time });
}

int sleep_for(long nanoseconds)
{
	struct timespec deadline;
	long end;

	if (nanoseconds < 0)
		return -EINVAL;
	if (__builtin_add_overflow(clock_now(), nanoseconds, &end))
		end = (long)(~0UL >> 1);
	deadline.tv_sec = end / NANOSECONDS;
	deadline.tv_nsec = end % NANOSECONDS;
	return sleep_until(&deadline);
}

/* ---- Condition variable ------------------------------------------------- */

/* A signal changes the sequence, so that who has read it but does not sleep yet
 * will not. */
static int wait_on(struct condition *c, struct mutex *m,
		   const struct timespec *deadline)
{
	int sequence, depth, r, locked;

	if (!c || !m || deadline_check(deadline))
		return -EINVAL;
	sequence = load(&c->sequence);
	depth = m->depth;
	if (load(&m->owner) == thread_self())
		m->depth = 0;			/* recursive: all at once */
	r = mutex_unlock(m);
	if (r < 0)
		return r;
	r = futex_wait_until(&c->sequence, sequence, deadline);
	/* Woken, though nothing was signalled since: a wake-up meant for one
	 * who waited before this thread did.  It gets it. */
	if (r == 0 && load(&c->sequence) == sequence)
		futex_wake(&c->sequence, 1);
	locked = mutex_lock(m);
	if (locked == 0 || locked == -EOWNERDEAD)
		m->depth = depth;
	if (locked < 0)
		return locked;
	return r == -ETIMEDOUT ? r : 0;
}

int condition_wait(struct condition *c, struct mutex *m)
{
	return wait_on(c, m, NULL);
}

int condition_wait_until(struct condition *c, struct mutex *m,
			 const struct timespec *deadline)
{
	return deadline ? wait_on(c, m, deadline) : -EINVAL;
}

static int wake(struct condition *c, int count)
{
	if (!c)
		return -EINVAL;
	add(&c->sequence, 1);
	futex_wake(&c->sequence, count);
	return 0;
}

int condition_signal(struct condition *c)
{
	return wake(c, 1);
}

int condition_broadcast(struct condition *c)
{
	return wake(c, INT_MAX);
}

/* ---- Barrier ------------------------------------------------------------ */

int barrier_init(struct barrier *b, int count)
{
	if (!b || count < 1)
		return -EINVAL;
	*b = (struct barrier){ .count = count };
	return 0;
}

/* Each arrival draws a ticket, which says which round it belongs to: there can
 * be more threads than the barrier counts, and they may overtake one another. */
int barrier_wait(struct barrier *b)
{
	unsigned long ticket, round;
	int now;

	if (!b || b->count < 1)
		return -EINVAL;
	ticket = add(&b->arrived, 1);
	round = (ticket - 1) / (unsigned long)b->count;
	if (ticket % (unsigned long)b->count == 0) {
		add(&b->round, 1);
		futex_wake(&b->round, INT_MAX);
		return 1;
	}
	while ((int)((unsigned)(now = load(&b->round)) - (unsigned)round) <= 0)
		futex_wait(&b->round, now);
	return 0;
}

/* ---- Semaphore ---------------------------------------------------------- */

int semaphore_init(struct semaphore *s, int value)
{
	if (!s || value < 0)
		return -EINVAL;
	*s = (struct semaphore)SEMAPHORE_INIT(value);
	return 0;
}

static int take(struct semaphore *s, const struct timespec *deadline)
{
	int value, r;

	if (!s || deadline_check(deadline))
		return -EINVAL;
	for (;;) {
		value = load(&s->value);
		if (value > 0) {
			if (cas(&s->value, value, value - 1))
				return 0;
			continue;
		}
		add(&s->waiters, 1);
		r = futex_wait_until(&s->value, 0, deadline);
		add(&s->waiters, -1);
		if (r == -EINTR || r == -ETIMEDOUT)
			return r;
	}
}

int semaphore_wait(struct semaphore *s)
{
	return take(s, NULL);
}

int semaphore_wait_until(struct semaphore *s, const struct timespec *deadline)
{
	return deadline ? take(s, deadline) : -EINVAL;
}

int semaphore_post(struct semaphore *s)
{
	int value;

	if (!s)
		return -EINVAL;
	do {
		value = load(&s->value);
		if (value == INT_MAX)
			return -EOVERFLOW;
	} while (!cas(&s->value, value, value + 1));
	if (load(&s->waiters))
		futex_wake(&s->value, 1);
	return 0;
}

/* ---- Once --------------------------------------------------------------- */

enum { ONCE_NEW, ONCE_RUNNING, ONCE_DONE };

int once_call(struct once *o, void (*function)(void))
{
	if (!o || !function)
		return -EINVAL;
	if (cas(&o->state, ONCE_NEW, ONCE_RUNNING)) {
		function();
		store(&o->state, ONCE_DONE);
		futex_wake(&o->state, INT_MAX);
	}
	while (load(&o->state) != ONCE_DONE)
		futex_wait(&o->state, ONCE_RUNNING);
	return 0;
}
