/* Critical sections: while any thread is inside, no image is taken.
 *
 * One word has the number of threads inside and a bit that keeps others out.  It
 * needs no lock, and like all memory it goes along into a copy or an image.  Each
 * thread knows how deep it is itself, so only its outermost section is counted;
 * and a thread that is exempt, because the request waits for it anyway, is not
 * counted at all. */
#include "checkpoint.h"

#define CLOSED      (1 << 30)
#define MILLISECOND 1000000L
#define SECOND      1000000000L

static int sections;		/* futex: threads inside, and CLOSED */

/* Between the change of the word and that of the depth, self->crossing is set.  A
 * handler that finds it does not know whether its thread is counted: if so, the
 * request waits for this handler, which must not wait for the request.  As long
 * as somebody is counted, it may come in. */
static int is_open(int word, int crossing)
{
	return !(word & CLOSED) || (crossing && word != CLOSED);
}

/* The word first: when the depth says that the thread is inside, it is. */
static int come_in(struct thread *self, int try)
{
	int crossing = self->crossing, word;

	for (;;) {
		word = load(&sections);
		if (!is_open(word, crossing)) {
			if (try)
				return -EBUSY;
			futex_wait(&sections, word);
			continue;
		}
		store(&self->crossing, 1);
		if (cas(&sections, word, word + 1))
			break;
		store(&self->crossing, crossing);
	}
	store(&self->critical, 1);
	store(&self->crossing, crossing);
	return 0;
}

/* The last one lets the request go on.  (Nobody is counted in the copy that a
 * handler has made with fork1() while its thread was crossing.) */
static void count_out(void)
{
	int word;

	do {
		word = load(&sections);
		if (!(word & ~CLOSED))
			return;
	} while (!cas(&sections, word, word - 1));
	if (word - 1 == CLOSED)
		futex_wake(&sections, INT_MAX);
}

static void go_out(struct thread *self)
{
	int crossing = self->crossing;

	store(&self->crossing, 1);
	store(&self->critical, 0);
	count_out();
	store(&self->crossing, crossing);
}

static int enter(int try)
{
	struct thread *self = thread_self();

	if (!self->critical && !self->exempt)
		return come_in(self, try);
	store(&self->critical, self->critical + 1);
	return 0;
}

int critical_enter(void)
{
	return enter(0);
}

int critical_try_enter(void)
{
	return enter(1);
}

int critical_leave(void)
{
	struct thread *self = thread_self();

	if (!self->critical)
		return -EPERM;
	if (self->critical == 1 && !self->exempt)
		go_out(self);
	else
		store(&self->critical, self->critical - 1);
	return 0;
}

void critical_abandon(struct thread *self)
{
	if (self->critical && !self->exempt)
		go_out(self);
}

void critical_alone(struct thread *self)
{
	sections = self->exempt ? CLOSED : self->critical > 0;
}

/* ---- The request -------------------------------------------------------- */

/* One of those who are inside, or 0. */
static int find_inside(void)
{
	unsigned long mask = list_lock();
	int tid = 0;

	for_each_thread(t)
		if ((t->critical || t->crossing) && !t->exempt)
			tid = t->tid;
	list_unlock(mask);
	return tid;
}

int critical_close(int milliseconds)
{
	struct thread *self = thread_self();
	long end = clock_now() + milliseconds * MILLISECOND;
	struct timespec deadline = { end / SECOND, end % SECOND };
	int word;

	if (self->critical)
		return -EDEADLK;
	self->culprit = 0;
	/* Exempt first: a handler that enters from here on must not wait for
	 * the thread that it has interrupted. */
	store(&self->exempt, 1);
	add(&sections, CLOSED);
	while ((word = load(&sections)) != CLOSED) {
		if (futex_wait_until(&sections, word, milliseconds ? &deadline :
				     NULL) != -ETIMEDOUT)
			continue;
		self->culprit = find_inside();
		critical_open();
		return -ETIMEDOUT;
	}
	return 0;
}

/* Sections that the caller has entered meanwhile and not left count from now on,
 * and the word is open before it is no longer exempt. */
void critical_open(void)
{
	struct thread *self = thread_self();

	if (!self->exempt)
		return;
	add(&sections, (self->critical > 0) - CLOSED);
	store(&self->exempt, 0);
	futex_wake(&sections, INT_MAX);
}
