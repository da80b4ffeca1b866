/* Threads: create, join, detach, exit, and the list of all threads.
 *
 * The list lock is what a stop, a new thread and a dying thread agree on.  Its
 * address is also the one that the kernel clears and wakes when a thread has
 * exited (CLONE_CHILD_CLEARTID), so a thread dies holding the lock, and who
 * holds it knows that no thread is half gone.  The idea is musl's. */
#include "checkpoint.h"

#define DEFAULT_STACK (128 << 10)
#define SMALLEST_STACK 4096
#define BIGGEST_STACK (1UL << 46)

struct thread *thread_list, *thread_ended, *leader;
int thread_list_lock;			/* 0: free, 1: held, 2: and waited for */
int thread_count, library_threads;
static int next_id = 1;			/* under the lock */

struct thread *thread_self(void)
{
	if (TLS_ABOVE_TP)
		return (struct thread *)thread_pointer() - 1;
	return thread_pointer();
}

int thread_id(const struct thread *thread)
{
	return thread ? thread->id : -EINVAL;
}

int thread_tid(const struct thread *thread)
{
	return thread ? load(&thread->tid) : -EINVAL;
}

/* Not FUTEX_PRIVATE_FLAG: the kernel's wake-up at thread exit is a shared one,
 * and would not find a private waiter. */
unsigned long list_lock(void)
{
	unsigned long mask = set_mask(SIG_BLOCK, PROGRAM_SIGNALS);

	if (cas(&thread_list_lock, 0, 1))
		return mask;
	while (swap(&thread_list_lock, 2) != 0)
		sys(futex, &thread_list_lock, FUTEX_WAIT, 2);
	return mask;
}

void list_unlock(unsigned long mask)
{
	if (swap(&thread_list_lock, 0) == 2)
		sys(futex, &thread_list_lock, FUTEX_WAKE, 1);
	set_mask(SIG_SETMASK, mask);
}

void thread_alone(struct thread *self)
{
	self->next = self->previous = self;
	thread_list = leader = self;
	thread_count = 1;
	library_threads = 0;
	self->tid = (int)sys(set_tid_address, &thread_list_lock);
}

static void ring_add(struct thread **ring, struct thread *thread)
{
	if (!*ring)
		*ring = thread->previous = thread;
	thread->next = *ring;
	thread->previous = (*ring)->previous;
	thread->previous->next = thread;
	(*ring)->previous = thread;
}

static void ring_remove(struct thread **ring, struct thread *thread)
{
	thread->next->previous = thread->previous;
	thread->previous->next = thread->next;
	if (*ring == thread)
		*ring = thread->next == thread ? NULL : thread->next;
}

static void list_add(struct thread *thread)
{
	ring_add(&thread_list, thread);
	thread_count++;
}

static void list_remove(struct thread *thread)
{
	ring_remove(&thread_list, thread);
	if (leader == thread)
		leader = NULL;
	thread_count--;
}

/* The first function of every thread but the main one. */
static void enter(void *argument)
{
	struct thread *self = argument;

	if (self->start_name[0])
		sys(prctl, PR_SET_NAME, self->start_name);
	set_mask(SIG_SETMASK, self->start_mask);
	thread_exit(self->start(self->argument));
}

/* Memory for a thread, from below: guard, stack, TCB and TLS.  The frame of a
 * stop, of which the program knows nothing, gets room of its own. */
static struct thread *allocate(const struct thread_attr *attr)
{
	size_t page = page_size, stack = DEFAULT_STACK, guard = page, size;
	struct thread *thread;
	char *memory;

	if (attr && attr->stack_size)
		stack = attr->stack_size;
	if (attr && attr->guard_size)
		guard = attr->guard_size;
	if (stack > BIGGEST_STACK || guard > BIGGEST_STACK)
		return NULL;
	guard = (guard + page - 1) & -page;
	stack += frame_size + tls_space();
	size = guard + ((stack + page - 1) & -page);
	memory = (char *)sys(mmap, NULL, size, PROT_NONE, MAP_PRIVATE |
			     MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1);
	if ((unsigned long)memory >= -page)
		return NULL;
	if (sys(mprotect, memory + guard, size - guard,
		PROT_READ | PROT_WRITE) < 0) {
		sys(munmap, memory, size);
		return NULL;
	}
	thread = tls_place(memory + size);
	thread->mapping = memory;
	thread->mapping_size = size;
	return thread;
}

/* The word pair below TCB and TLS that clone_stack() wants. */
static void *prepare_stack(struct thread *thread)
{
	unsigned long *sp = (unsigned long *)tls_below(thread);

	*--sp = (unsigned long)thread;
	*--sp = (unsigned long)enter;
	return sp;
}

int thread_create(struct thread **created, const struct thread_attr *attr,
		  void *(*start)(void *), void *argument)
{
	int detached = attr && attr->detached;
	struct thread *thread;
	unsigned long mask;
	long tid;

	if (!start || (!created && !detached))
		return -EINVAL;
	if (attr && attr->stack_size && attr->stack_size < SMALLEST_STACK)
		return -EINVAL;
	if (thread_self()->in_callback)
		return -EDEADLK;
	thread = allocate(attr);
	if (!thread)
		return -ENOMEM;
	thread->start = start;
	thread->argument = argument;
	thread->life = detached ? THREAD_DETACHED : THREAD_RUNNING;
	thread->claimed = detached;
	if (attr && attr->name)
		format(thread->start_name, sizeof thread->start_name, "%s",
		       attr->name);

	/* The program's signals stay blocked in the new thread until it has its
	 * own mask.  A stop finds it from its first instruction on, once the
	 * lock is free. */
	mask = list_lock();
	thread->start_mask = mask;
	thread->id = next_id;
	list_add(thread);
	tid = clone_stack(THREAD_FLAGS, prepare_stack(thread), &thread->tid,
			  &thread_list_lock, thread->tp);
	if (tid < 0)
		list_remove(thread);
	else
		next_id++;
	if (created && tid >= 0)
		*created = thread;
	list_unlock(mask);
	if (tid < 0)
		sys(munmap, thread->mapping, thread->mapping_size);
	return tid < 0 ? (int)tid : 0;
}

_Noreturn void thread_exit(void *result)
{
	struct thread *self = thread_self();

	if (self->in_callback || self->turn)
		__builtin_trap();	/* those who wait for it would for ever */
	self->result = result;
	critical_abandon(self);
	robust_abandon(self);
	list_lock();
	/* From here to the kernel's end of the thread no handler may run: it
	 * would find the lock held, and at last no stack. */
	set_mask(SIG_SETMASK, ALL_SIGNALS);
	if (thread_count - load(&library_threads) == 1)
		exit_group(0);
	list_remove(self);
	if (cas(&self->life, THREAD_RUNNING, THREAD_ENDED)) {
		ring_add(&thread_ended, self);
		futex_wake(&self->life, 1);
	} else if (self->mapping)
		unmap_and_exit(self->mapping, self->mapping_size);
	exit_task();
}

/* Frees a thread that has ended, once the kernel too has left it. */
static void release(struct thread *thread)
{
	unsigned long mask = list_lock();

	ring_remove(&thread_ended, thread);
	list_unlock(mask);
	if (thread->mapping)
		sys(munmap, thread->mapping, thread->mapping_size);
}

int thread_join(struct thread *thread, void **result)
{
	if (!thread)
		return -EINVAL;
	if (thread == thread_self())
		return -EDEADLK;
	if (swap(&thread->claimed, 1))
		return -EINVAL;
	while (load(&thread->life) != THREAD_ENDED)
		futex_wait(&thread->life, THREAD_RUNNING);
	if (result)
		*result = thread->result;
	release(thread);
	return 0;
}

int thread_detach(struct thread *thread)
{
	if (!thread || swap(&thread->claimed, 1))
		return -EINVAL;
	if (!cas(&thread->life, THREAD_RUNNING, THREAD_DETACHED))
		release(thread);
	return 0;
}

int thread_set_name(struct thread *thread, const char *name)
{
	char path[48];
	long fd, n;

	if (!thread || !name)
		return -EINVAL;
	if (thread == thread_self())
		return (int)sys(prctl, PR_SET_NAME, name);
	format(path, sizeof path, "/proc/self/task/%d/comm",
	       thread_tid(thread));
	fd = sys(openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return (int)fd;
	n = sys(write, (int)fd, name, strlen(name));
	sys(close, (int)fd);
	return n < 0 ? (int)n : 0;
}

_Noreturn void process_exit(int status)
{
	exit_group(status);
}
