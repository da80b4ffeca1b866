/* Mutexes.  The owner is a TCB, whose address a copy of the process keeps.
 *
 * word     plain: 0 free, 1 held, 2 held and waited for.  Robust: what the
 *          kernel prescribes, so that it can release the lock of a dead thread
 *          (Documentation/locking/robust-futexes): the owner's tid and
 *          FUTEX_WAITERS.  The tid is for the kernel alone; a copy's threads
 *          have others, and robust_adopt() writes them in. */
#include "thread.h"

#define INT_MAX 0x7fffffff
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
	int r;

	if (cas(&m->word, 0, 1))
		return 0;
	while (swap(&m->word, 2) != 0) {
		r = futex_wait_until(&m->word, 2, deadline);
		if (r == -ETIMEDOUT)
			return r;
	}
	return 0;
}

static void unlock_plain(struct mutex *m)
{
	if (swap(&m->word, 0) == 2)
		futex_wake(&m->word, 1);
}

/* ---- Robust ------------------------------------------------------------- */

static void robust_register(struct thread *self)
{
	struct mutex_link *head = (struct mutex_link *)&self->robust.list;

	if (self->robust.list.next)
		return;
	head->next = head;
	self->robust.futex_offset = (long)offsetof(struct mutex, word) -
				    (long)offsetof(struct mutex, link);
	sys2(__NR_set_robust_list, &self->robust, sizeof self->robust);
}

static void robust_link(struct thread *self, struct mutex *m)
{
	struct mutex_link *head = (struct mutex_link *)&self->robust.list;

	m->link.next = head->next;
	m->link.prev = head;
	if (head->next != head)
		head->next->prev = &m->link;
	store(&head->next, &m->link);
}

static void robust_unlink(struct thread *self, struct mutex *m)
{
	struct mutex_link *head = (struct mutex_link *)&self->robust.list;

	store(&m->link.prev->next, m->link.next);
	if (m->link.next != head)
		m->link.next->prev = m->link.prev;
}

/* The kernel looks at list_op_pending too, for a lock taken but not in the
 * list yet. */
static void robust_pending(struct thread *self, struct mutex *m)
{
	store(&self->robust.list_op_pending, (struct robust_list *)
	      (m ? &m->link : NULL));
}

/* A stop can come between the reading of the tid and its use, and then the
 * copy of the thread has written the tid of the original. */
static void check_tid(struct thread *self, struct mutex *m)
{
	int word;

	while (((word = load(&m->word)) & FUTEX_TID_MASK) != load(&self->tid))
		cas(&m->word, word, (word & ~FUTEX_TID_MASK) |
				    load(&self->tid));
}

static int lock_robust(struct mutex *m, const struct timespec *deadline,
		       int try)
{
	struct thread *self = thread_self();
	int word, waiters = 0, r = 0;

	robust_register(self);
	robust_pending(self, m);
	for (;;) {
		word = load(&m->word);
		if (load(&m->inconsistent) == NOT_RECOVERABLE) {
			r = -ENOTRECOVERABLE;
			break;
		}
		if (!(word & FUTEX_TID_MASK)) {
			if (!cas(&m->word, word, load(&self->tid) | waiters |
				 (word & (int)FUTEX_WAITERS)))
				continue;
			check_tid(self, m);
			robust_link(self, m);
			if (word & FUTEX_OWNER_DIED) {
				m->inconsistent = OWNER_DIED;
				r = -EOWNERDEAD;
			}
			break;
		}
		if (try) {
			r = -EBUSY;
			break;
		}
		waiters = (int)FUTEX_WAITERS;
		if (!(word & waiters) && !cas(&m->word, word, word | waiters))
			continue;
		r = futex_wait_shared(&m->word, word | waiters, deadline);
		if (r == -ETIMEDOUT)
			break;
		r = 0;
	}
	robust_pending(self, NULL);
	return r;
}

static void unlock_robust(struct mutex *m)
{
	struct thread *self = thread_self();
	int wake = 1;

	robust_pending(self, m);
	robust_unlink(self, m);
	if (m->inconsistent == OWNER_DIED) {
		store(&m->inconsistent, NOT_RECOVERABLE);
		wake = INT_MAX;
	}
	if (swap(&m->word, 0) & (int)FUTEX_WAITERS)
		sys_futex(&m->word, FUTEX_WAKE, wake, NULL);
	robust_pending(self, NULL);
}

static void adopt(struct robust_list *entry, long offset, int old, int new)
{
	unsigned long link = (unsigned long)entry & ~1UL;	/* PI flag */
	int *word = (int *)(link + (unsigned long)offset), was;

	do {
		was = load(word);
		if ((was & FUTEX_TID_MASK) != old)
			return;
	} while (!cas(word, was, (was & ~FUTEX_TID_MASK) | new));
}

void robust_adopt(struct robust_list_head *head, int old_tid, int new_tid)
{
	struct robust_list *entry = head->list.next;

	for (int i = 0; i < LIST_LIMIT && entry && entry != &head->list; i++) {
		adopt(entry, head->futex_offset, old_tid, new_tid);
		entry = ((struct robust_list *)
			 ((unsigned long)entry & ~1UL))->next;
	}
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
		robust_pending(self, m);
		robust_unlink(self, m);
		store(&m->owner, NULL);
		m->depth = 0;
		if (swap(&m->word, FUTEX_OWNER_DIED) & (int)FUTEX_WAITERS)
			sys_futex(&m->word, FUTEX_WAKE, 1, NULL);
		robust_pending(self, NULL);
	}
}

/* ---- All kinds ------------------------------------------------------------ */

static int holds(struct mutex *m, struct thread *self)
{
	if (load(&m->owner) != self)
		return 0;
	/* A thread that died without thread_exit() may have had this TCB. */
	return !(m->type & MUTEX_ROBUST) ||
	       (load(&m->word) & FUTEX_TID_MASK) == load(&self->tid);
}

/* Locks a mutex that the caller may hold.  Not waiting is a deadline of its
 * own kind. */
static int lock(struct mutex *m, const struct timespec *deadline, int try)
{
	struct thread *self = thread_self();
	int kind, r;

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
	else if (try)
		r = cas(&m->word, 0, 1) ? 0 : -EBUSY;
	else
		r = lock_plain(m, deadline);
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
	if (!m)
		return -EINVAL;
	if (!holds(m, thread_self()))
		return -EPERM;
	if (m->depth) {
		m->depth--;
		return 0;
	}
	store(&m->owner, NULL);
	if (m->type & MUTEX_ROBUST)
		unlock_robust(m);
	else
		unlock_plain(m);
	return 0;
}

int mutex_consistent(struct mutex *m)
{
	if (!m || !holds(m, thread_self()) || m->inconsistent != OWNER_DIED)
		return -EINVAL;
	m->inconsistent = CONSISTENT;
	return 0;
}
