/* Mutexes.  The owner is a TCB, whose address a copy of the process keeps.
 *
 * word     plain: 0 free, 1 held, 2 held and waited for.  Robust: what the
 *          kernel prescribes, so that it can release the lock of a dead thread
 *          (Documentation/locking/robust-futexes): the owner's tid and
 *          FUTEX_WAITERS.  The tid is for the kernel alone; a copy's threads
 *          have others, and robust_adopt() writes them in. */
#include "thread.h"

#define WAITERS    ((int)FUTEX_WAITERS)
#define LIST_LIMIT 2048			/* as many as the kernel looks at */

enum { CONSISTENT, OWNER_DIED, NOT_RECOVERABLE };

int mutex_init(struct mutex *m, int type)
{
	if (!m || (type & ~MUTEX_ROBUST) < MUTEX_PLAIN ||
	    (type & ~MUTEX_ROBUST) > MUTEX_ERRORCHECK)
		return -EINVAL;
	*m = (struct mutex){ .type = type };
	return 0;
}

static int lock_plain(struct mutex *m, const struct timespec *deadline)
{
	while (swap(&m->word, 2) != 0)
		if (futex_wait_until(&m->word, 2, deadline) == -ETIMEDOUT)
			return -ETIMEDOUT;
	return 0;
}

/* ---- Robust: the list of what a thread holds, as the kernel reads it --------- */

static struct mutex_link *robust_head(struct thread *self)
{
	struct mutex_link *head = (struct mutex_link *)&self->robust.list;

	if (!head->next) {
		head->next = head;
		self->robust.futex_offset = (long)offsetof(struct mutex, word) -
					    (long)offsetof(struct mutex, link);
		sys(set_robust_list, &self->robust, sizeof self->robust);
	}
	return head;
}

static void robust_link(struct mutex_link *head, struct mutex *m)
{
	m->link.next = head->next;
	m->link.prev = head;
	if (head->next != head)
		head->next->prev = &m->link;
	store(&head->next, &m->link);
}

static void robust_unlink(struct mutex_link *head, struct mutex *m)
{
	store(&m->link.prev->next, m->link.next);
	if (m->link.next != head)
		m->link.next->prev = m->link.prev;
}

/* A lock taken but not in the list yet, or no longer: the kernel, and a copy,
 * look here too. */
static void robust_pending(struct thread *self, struct mutex *m)
{
	store(&self->robust.list_op_pending,
	      (struct robust_list *)(m ? &m->link : NULL));
}

/* Takes the lock if it is free or its owner dead.  A stop can come between the
 * reading of the tid and its use, and then the copy of this thread has written
 * the tid of the original: so it looks again. */
static int robust_take(struct thread *self, struct mutex *m, int word, int flags)
{
	if (!cas(&m->word, word, load(&self->tid) | flags))
		return 0;
	while (((word = load(&m->word)) & FUTEX_TID_MASK) != load(&self->tid))
		cas(&m->word, word, (word & ~FUTEX_TID_MASK) |
				    load(&self->tid));
	return 1;
}

static int robust_wait(struct thread *self, struct mutex *m,
		       const struct timespec *deadline, int try)
{
	int word, waiters = 0;

	for (;;) {
		word = load(&m->word);
		if (load(&m->inconsistent) == NOT_RECOVERABLE)
			return -ENOTRECOVERABLE;
		if (!(word & FUTEX_TID_MASK)) {
			if (!robust_take(self, m, word,
					 (word & WAITERS) | waiters))
				continue;
			if (!(word & FUTEX_OWNER_DIED))
				return 0;
			m->inconsistent = OWNER_DIED;
			return -EOWNERDEAD;
		}
		if (try)
			return -EBUSY;
		waiters = WAITERS;
		if (!(word & WAITERS) && !cas(&m->word, word, word | WAITERS))
			continue;
		if (futex_wait_shared(&m->word, word | WAITERS, deadline) ==
		    -ETIMEDOUT)
			return -ETIMEDOUT;
	}
}

static int lock_robust(struct mutex *m, const struct timespec *deadline,
		       int try)
{
	struct thread *self = thread_self();
	struct mutex_link *head = robust_head(self);
	int r;

	robust_pending(self, m);
	r = robust_wait(self, m, deadline, try);
	if (r == 0 || r == -EOWNERDEAD)
		robust_link(head, m);
	robust_pending(self, NULL);
	return r;
}

/* Gives the lock up with a word of 0, or FUTEX_OWNER_DIED. */
static void unlock_robust(struct thread *self, struct mutex *m, int word)
{
	int wake = 1;

	robust_pending(self, m);
	robust_unlink(robust_head(self), m);
	if (!word && m->inconsistent == OWNER_DIED) {
		store(&m->inconsistent, NOT_RECOVERABLE);
		wake = INT_MAX;
	}
	if (swap(&m->word, word) & WAITERS)
		sys(futex, &m->word, FUTEX_WAKE, wake);
	robust_pending(self, NULL);
}

/* Returns the entry after this one; the lowest bit of a pointer is a flag. */
static struct robust_list *adopt(struct robust_list *flagged, long offset,
				 int old, int new)
{
	unsigned long entry = (unsigned long)flagged & ~1UL;
	int *word = (int *)(entry + (unsigned long)offset), was;

	do
		was = load(word);
	while ((was & FUTEX_TID_MASK) == old &&
	       !cas(word, was, (was & ~FUTEX_TID_MASK) | new));
	return ((struct robust_list *)entry)->next;
}

void robust_adopt(struct robust_list_head *head, int old_tid, int new_tid)
{
	struct robust_list *entry = head->list.next;

	for (int i = 0; i < LIST_LIMIT && entry && entry != &head->list; i++)
		entry = adopt(entry, head->futex_offset, old_tid, new_tid);
	if (head->list_op_pending)
		adopt(head->list_op_pending, head->futex_offset, old_tid,
		      new_tid);
}

/* The kernel would do the same when the thread has exited, but a detached
 * thread frees its TCB, and the list's head with it, before. */
void robust_abandon(struct thread *self)
{
	struct mutex_link *head = (struct mutex_link *)&self->robust.list;
	struct mutex *m;

	while (head->next && head->next != head) {
		m = (struct mutex *)((char *)head->next -
				     offsetof(struct mutex, link));
		store(&m->owner, NULL);
		unlock_robust(self, m, FUTEX_OWNER_DIED);
	}
}

/* ---- All kinds ------------------------------------------------------------ */

static int holds(struct mutex *m, struct thread *self)
{
	int tid, word;

	if (load(&m->owner) != self)
		return 0;
	/* A thread that died without thread_exit() may have had this TCB.  And
	 * both ids can change together, when this becomes a copy. */
	do {
		tid = load(&self->tid);
		word = load(&m->word);
	} while (load(&self->tid) != tid);
	return !(m->type & MUTEX_ROBUST) || (word & (int)FUTEX_TID_MASK) == tid;
}

static int lock(struct mutex *m, const struct timespec *deadline, int try)
{
	struct thread *self = thread_self();
	int kind, r = 0;

	if (!m || deadline_check(deadline))
		return -EINVAL;
	kind = m->type & ~MUTEX_ROBUST;
	if (kind != MUTEX_PLAIN && holds(m, self)) {
		if (kind == MUTEX_ERRORCHECK)
			return try ? -EBUSY : -EDEADLK;
		if (m->depth == INT_MAX)
			return -EAGAIN;
		m->depth++;
		return 0;
	}
	if (m->type & MUTEX_ROBUST)
		r = lock_robust(m, deadline, try);
	else if (!cas(&m->word, 0, 1))
		r = try ? -EBUSY : lock_plain(m, deadline);
	if (r == 0 || r == -EOWNERDEAD) {
		m->depth = 0;
		store(&m->owner, self);
	}
	return r;
}

int mutex_lock(struct mutex *m)
{
	return lock(m, NULL, 0);
}

int mutex_lock_until(struct mutex *m, const struct timespec *deadline)
{
	return deadline ? lock(m, deadline, 0) : -EINVAL;
}

int mutex_trylock(struct mutex *m)
{
	return lock(m, NULL, 1);
}

int mutex_unlock(struct mutex *m)
{
	struct thread *self = thread_self();

	if (!m)
		return -EINVAL;
	if (!holds(m, self))
		return -EPERM;
	if (m->depth) {
		m->depth--;
		return 0;
	}
	store(&m->owner, NULL);
	if (m->type & MUTEX_ROBUST)
		unlock_robust(self, m, 0);
	else if (swap(&m->word, 0) == 2)
		futex_wake(&m->word, 1);
	return 0;
}

int mutex_consistent(struct mutex *m)
{
	if (!m || !holds(m, thread_self()) || m->inconsistent != OWNER_DIED)
		return -EINVAL;
	m->inconsistent = CONSISTENT;
	return 0;
}
