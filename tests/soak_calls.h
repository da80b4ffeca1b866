/* A seat: a thread that blocks in a system call again and again, and what it
 * blocks on.  The feeder ends each call, by what the call waits for or by a
 * signal. */
#ifndef SOAK_CALLS_H
#define SOAK_CALLS_H

#include "soak.h"

struct seat {
	const struct kind *kind;
	/* Under the lock: the objects of the call, made for it alone. */
	struct mutex lock;
	int fds[4], child, word;
	struct moment made;
	int fresh;			/* no copy shared the objects when made */
	int value;			/* what the feeder gives */
	int fed;			/* it has been given */

	/* Between the two. */
	int calling;			/* about to call, or in it, or back */
	int answers;			/* futex: calls that have ended */
};

/* What a kind gives back for a call that has got what it waited for: its value,
 * or less than 0, an error. */
struct kind {
	const char *name;
	long number;			/* of the system call, if a thread that
					 * /proc shows in it must be in this */
	int unrestorable;		/* a restarted process would lack it */
	void (*open)(struct seat *);
	long (*call)(struct seat *);
	void (*feed)(struct seat *);
	void (*close)(struct seat *);
};

#define KINDS        8
#define OBJECT_KINDS (SEATS - KINDS)
extern const struct kind kinds[KINDS], object_kinds[OBJECT_KINDS];

void shut(struct seat *, int n), shut_two(struct seat *);
long read_value(int fd);
void write_value(int fd, int value);
void pipe_feed(struct seat *);

/* Whether no copy has been made since the objects of the call were: the only
 * threads that use them are the two of this process. */
static inline int is_fresh(const struct seat *s)
{
	return s->fresh && !is_copied_since(&s->made);
}

#endif
