/* Callbacks around a checkpoint, and hooks around forkall().
 *
 * Callbacks nest like function calls, because they are: checkpoint_proceed() calls
 * the next older one, and the last of them what is in the middle, which takes the
 * image, or parks the thread until it has been taken.  So the way back through
 * all of them is on the stack, and in the image. */
#include "checkpoint.h"

#define DESCRIPTORS 1024
#define BITS        (8 * (int)sizeof(unsigned long))
#define KIND(flags) ((flags) & 0xff)
#define CODE(flags) ((flags) >> 8)
#define CODE_MAX    4095

/* One callback being called; on the stack of its caller. */
struct turn {
	struct callback *callback;
	struct turn *outer;
	int scope;
	int (*middle)(int failure);
	int proceeded;
	int result;			/* what the outer ones get */
};

/* Under the list lock.  turns: of the process's callbacks, the innermost; on the
 * requester's stack, and there is one request at a time. */
static struct callback *callbacks;	/* the process's, the newest first */
static struct turn *turns;

/* The requester's. */
static int (*take_image)(void);
static unsigned long to_close[DESCRIPTORS / BITS];

/* ---- Registration ------------------------------------------------------- */

/* The pointer that points to c, or NULL. */
static struct callback **find(struct callback **link, struct callback *c)
{
	for (; *link; link = &(*link)->next)
		if (*link == c)
			return link;
	return NULL;
}

static int is_called(const struct turn *turn, const struct callback *c)
{
	for (; turn; turn = turn->outer)
		if (turn->callback == c)
			return 1;
	return 0;
}

/* The lists change by one store, the last: a stop can find the caller anywhere
 * in here, but for the lock. */
int callback_add(struct callback *c, int scope)
{
	struct thread *self = thread_self();
	struct callback **head = scope == CALLBACK_THREAD ? &self->callbacks :
							    &callbacks;
	unsigned long mask;
	int r = 0;

	if (!c || !c->function ||
	    (scope != CALLBACK_PROCESS && scope != CALLBACK_THREAD))
		return -EINVAL;
	if (self->in_callback)
		return -EDEADLK;
	mask = list_lock();
	if (find(&callbacks, c) || find(&self->callbacks, c)) {
		r = -EEXIST;
	} else {
		c->next = *head;
		store(head, c);
	}
	list_unlock(mask);
	return r;
}

int callback_remove(struct callback *c)
{
	struct thread *self = thread_self();
	struct callback **link;
	unsigned long mask;
	int r = 0;

	if (!c)
		return -EINVAL;
	if (self->in_callback)
		return -EDEADLK;
	mask = list_lock();
	link = find(&callbacks, c);
	if (!link)
		link = find(&self->callbacks, c);
	if (!link)
		r = -ENOENT;
	else if (is_called(turns, c) || is_called(self->turn, c))
		r = -EBUSY;
	else
		store(link, c->next);
	list_unlock(mask);
	return r;
}

/* ---- Calling ------------------------------------------------------------ */

/* Chooses the callback that comes after the one of turn->outer, or the newest,
 * and notes that it is being called, in one step.  Not so for a thread's: they
 * are its own, and in a stop somebody else has the lock. */
static void begin_turn(struct thread *self, struct turn *turn,
		       const struct callback *before)
{
	unsigned long mask;

	turn->outer = self->turn;
	if (turn->scope == CALLBACK_THREAD) {
		turn->callback = before ? before->next : self->callbacks;
	} else {
		mask = list_lock();
		turn->callback = before ? before->next : callbacks;
		if (turn->callback)
			turns = turn;
		list_unlock(mask);
	}
	if (turn->callback)
		store(&self->turn, turn);
}

static void end_turn(struct thread *self, struct turn *turn)
{
	unsigned long mask;

	store(&self->turn, turn->outer);
	if (turn->scope == CALLBACK_PROCESS) {
		mask = list_lock();
		turns = turn->outer;
		list_unlock(mask);
	}
}

static int call_after(const struct callback *, int scope, int (*)(int));

static void proceed(struct turn *turn, int failure)
{
	turn->proceeded = 1;
	turn->result = failure ? turn->middle(failure) :
		call_after(turn->callback, turn->scope, turn->middle);
}

/* Calls the callbacks that are older than one (NULL: all of a scope), and
 * middle(0) inside.  If one of them fails, it is middle(failure) that is called,
 * and the others are not. */
static int call_after(const struct callback *before, int scope,
		      int (*middle)(int failure))
{
	struct turn turn = { .scope = scope, .middle = middle };
	struct thread *self = thread_self();

	begin_turn(self, &turn, before);
	if (!turn.callback)
		return middle(0);
	turn.callback->function(turn.callback->argument);
	if (!turn.proceeded)
		proceed(&turn, 0);
	end_turn(self, &turn);
	return turn.result;
}

static int failure_of(int flags)
{
	switch (KIND(flags)) {
	case CHECKPOINT_READY:
		return 0;
	case CHECKPOINT_OMIT:
		return -ENODATA;
	case CHECKPOINT_TEMPORARY:
		return -EAGAIN;
	default:
		return CODE(flags) ? -CODE(flags) : -ECANCELED;
	}
}

int checkpoint_proceed(int flags)
{
	struct turn *turn = thread_self()->turn;

	if (!turn)
		return -EPERM;
	if (turn->proceeded)
		return -EALREADY;
	if (flags < 0 || KIND(flags) > CHECKPOINT_PERMANENT ||
	    CODE(flags) > CODE_MAX ||
	    (CODE(flags) && KIND(flags) != CHECKPOINT_PERMANENT))
		return -EINVAL;
	proceed(turn, failure_of(flags));
	/* Who omits the process has not failed. */
	return flags == CHECKPOINT_OMIT ? 0 : turn->result;
}

int checkpoint_close(int fd)
{
	struct turn *turn = thread_self()->turn;

	if (!turn || turn->scope != CALLBACK_PROCESS)
		return -EPERM;
	if (fd < 0 || fd >= DESCRIPTORS)
		return -EBADF;
	to_close[fd / BITS] |= 1UL << fd % BITS;
	return 0;
}

int callbacks_close(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS &&
	       (to_close[fd / BITS] >> fd % BITS & 1);
}

int callbacks_refused(void)
{
	return thread_self()->refused;
}

static int image(int failure)
{
	if (!failure)
		return take_image();
	thread_self()->refused = 1;
	return failure;
}

/* The requester's own: it is not stopped, but all who have some are asked. */
static int requesters(int failure)
{
	return failure ? image(failure) :
			 call_after(NULL, CALLBACK_THREAD, image);
}

int callbacks_run(int (*innermost)(void))
{
	thread_self()->refused = 0;
	take_image = innermost;
	memset(to_close, 0, sizeof to_close);
	return call_after(NULL, CALLBACK_PROCESS, requesters);
}

/* What they enter in critical sections counts for nothing, neither now nor, if
 * they do not leave, later: no image is taken while they run. */
void callbacks_stopped(struct thread *self, int (*park)(int failure))
{
	int exempt = self->exempt, critical = self->critical;
	struct call *call = self->call;

	store(&self->call, NULL);		/* they may make calls */
	self->in_callback = 1;
	self->exempt = 1;
	call_after(NULL, CALLBACK_THREAD, park);
	self->critical = critical;
	self->exempt = exempt;
	self->in_callback = 0;
	store(&self->call, call);
	call_set_time(call);			/* there may have been a restart */
}

void callbacks_alone(struct thread *self)
{
	if (!self->turn)
		turns = NULL;
}

/* ---- Hooks around forkall() --------------------------------------------- */

/* Under the list lock.  They stay for good, so who reads needs none. */
static struct fork_hooks *oldest, *newest;

int fork_hooks_add(struct fork_hooks *hooks)
{
	unsigned long mask;
	int r = 0;

	if (!hooks)
		return -EINVAL;
	if (thread_self()->in_callback)
		return -EDEADLK;
	mask = list_lock();
	for (struct fork_hooks *h = oldest; h; h = h->next)
		if (h == hooks)
			r = -EEXIST;
	if (r == 0) {
		hooks->next = NULL;
		hooks->previous = newest;
		store(newest ? &newest->next : &oldest, hooks);
		store(&newest, hooks);
	}
	list_unlock(mask);
	return r;
}

struct fork_hooks *fork_hooks_prepare(void)
{
	struct fork_hooks *last = load(&newest);

	for (struct fork_hooks *h = last; h; h = h->previous)
		if (h->prepare)
			h->prepare();
	return last;
}

void fork_hooks_finish(const struct fork_hooks *last, int in_copy)
{
	void (*hook)(void);

	for (struct fork_hooks *h = last ? oldest : NULL; h;
	     h = h == last ? NULL : h->next) {
		hook = in_copy ? h->child : h->parent;
		if (hook)
			hook();
	}
}
