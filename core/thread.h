/* What the files of core/ share: the thread control block, the thread list, and
 * the steps of a stop and a respawn.  Programs see forkall.h alone. */
#ifndef THREAD_H
#define THREAD_H

#include "forkall.h"
#include "sys.h"

/* Sequentially consistent: nothing here is worth a weaker order. */
#define load(p)          __atomic_load_n(p, __ATOMIC_SEQ_CST)
#define store(p, v)      __atomic_store_n(p, v, __ATOMIC_SEQ_CST)
#define swap(p, v)       __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define add(p, n)        __atomic_add_fetch(p, n, __ATOMIC_SEQ_CST)
#define cas(p, old, new) __atomic_compare_exchange_n(p, &(__typeof__(*(p))){ \
	old }, new, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

#define INT_MAX         0x7fffffff
#define SIGNAL_BIT(n)   (1UL << ((n) - 1))
#define ALL_SIGNALS     (~0UL)
#define PROGRAM_SIGNALS (ALL_SIGNALS & ~SIGNAL_BIT(SIGSYNCCALL))

/* ---- arch.S: contracts are there ---------------------------------------- */

int context_save(struct context *) __attribute__((returns_twice));
_Noreturn void context_restore(const struct context *);
long clone_stack(long flags, void *sp, int *ptid, int *ctid, void *tls);
long clone_context(long flags, const struct context *, int *ptid, int *ctid,
		   void *tls);
_Noreturn void unmap_and_exit(void *mapping, size_t size);
long restartable_call(long number, long a, long b, long c, long d, long e,
		      long f);
extern char call_start[], call_end[], call_done[];
extern char call_again[], call_again_end[];
void __restore_rt(void);

/* ---- The thread control block ------------------------------------------- */

/* Attributes that the kernel keeps for a thread and that memory does not show.
 * A thread writes its own in the stop before a fork; its copy reads them. */
struct kept {
	int tid;			/* in the original */
	char name[16];
	struct sched_attr sched;	/* policy, priority, nice value, slice */
	unsigned long affinity[16];	/* up to 1024 processors */
	/* Of use to the caller of forkall() only: a frame brings back its own. */
	unsigned long mask;
	stack_t altstack;
	struct robust_list_head *robust;
	struct arch_state arch;
};

struct thread {
	/* Set once; self is first because x86-64 reads the thread pointer
	 * there. */
	struct thread *self;
	void *tp;
	int id;
	void *mapping;			/* stack, TCB and TLS, or NULL: main */
	size_t mapping_size;

	/* Under the list lock.  tid: written by the kernel at every clone. */
	struct thread *next, *previous;
	int tid;

	/* From the creator to the thread. */
	void *(*start)(void *);
	void *argument;
	unsigned long start_mask;
	char start_name[16];

	/* Between the thread and who joins or detaches it. */
	int life;			/* futex: THREAD_... */
	int claimed;			/* somebody joins, or nobody may */
	void *result;

	/* The stop.  wanted: set by the stopper, taken by the stop handler or
	 * back by the stopper, so a stop signal that comes late, or that nobody
	 * sent, finds nothing to do. */
	int wanted;			/* UNWANTED, WANTED, CALLING */
	int in_callback;
	int culprit;			/* for stop_culprit() */
	int proceed_result;		/* of a thread's callbacks, by the stopper */
	struct context context;		/* the parked thread's way back */
	struct ucontext *frame;		/* what it was doing; NULL: the caller */
	struct kept kept;

	/* The thread's own. */
	struct call *call;		/* the system call being made, if special */
	struct robust_list_head robust;
	int critical;			/* depth of critical sections, */
	int crossing;			/* on its way into or out of them, */
	int exempt;			/* not counted there: critical.c */
	struct callback *callbacks;	/* registered by it, the newest first */
	struct turn *turn;		/* the callback being called, or NULL */
	int refused;			/* for callbacks_refused() */
} __attribute__((aligned(16)));

enum { THREAD_RUNNING, THREAD_DETACHED, THREAD_ENDED };

/* ---- thread.c ------------------------------------------------------------ */

extern struct thread *thread_list;	/* the oldest; a ring */
extern struct thread *thread_ended;	/* not joined yet; a ring, for GDB */
extern struct thread *leader;		/* its tid is the pid; NULL: exited */
extern int thread_list_lock;		/* futex; the kernel clears it, too */
extern int thread_count;		/* in the list; under the lock */
extern int library_threads;		/* in the list, but not the program's */

/* From the oldest to the newest; under the lock. */
#define for_each_thread(t) \
	for (struct thread *t = thread_list; t; \
	     t = t->next == thread_list ? NULL : t->next)

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
	CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | \
	CLONE_CHILD_CLEARTID)

/* Blocks the signals of the program and takes the list lock; returns the mask
 * from before, for list_unlock().  Waiting for the lock, the caller can still
 * be stopped; holding it, it cannot, because the stopper needs the lock. */
unsigned long list_lock(void);
void list_unlock(unsigned long mask);

void thread_alone(struct thread *);	/* the only thread: list and leader */

/* ---- start.c -------------------------------------------------------------- */

extern size_t page_size;
extern size_t frame_size;		/* a signal frame's, at most */
extern unsigned long main_stack;	/* its end */

/* Lays out TCB and TLS below end; returns the TCB, with self and tp set. */
struct thread *tls_place(void *end);
size_t tls_space(void);			/* bytes that tls_place() may take */
void *tls_below(struct thread *);	/* where a stack can begin: 16-aligned */

/* ---- synccall.c: the stop ------------------------------------------------- */

enum { STOP_ONLY, STOP_DUPLICATE, STOP_CHECKPOINT };

/* Stops all other threads until stop_release(), whatever it returns; the caller
 * holds the list lock and has blocked all signals.  To duplicate, each keeps what
 * memory does not show; for a checkpoint, it runs its callbacks besides.  With
 * callback, each will run that.  0, -ETIMEDOUT, or the first reason against a
 * copy. */
int stop_threads(int kind, void (*callback)(void *), void *argument);
void stop_release(void);

/* What checkpoint_proceed() returns in the threads stopped for a checkpoint: 0, or
 * why there is no image; before stop_release(). */
void stop_result(int result);
extern int stop_timeout_ms;		/* what stop_timeout() has set */
int stop_gate(void);			/* the gate of this stop... */
void stop_wait(int gate);		/* ...and waiting for it to open */

/* The library's own dispositions; called once. */
void stop_start(void);

/* ---- signal.c -------------------------------------------------------------- */

/* What the kernel knows as a signal's action: struct sigaction, but with a mask
 * of the kernel's size. */
struct kernel_action {
	void *handler;
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

/* new or old may be NULL.  Adds the restorer. */
int kernel_action(int signal, const struct kernel_action *new,
		  struct kernel_action *old);

/* ---- sync.c, mutex.c ------------------------------------------------------- */

/* Waits on a private futex, restartably; deadline (absolute) or NULL.
 * 0, -EAGAIN, -ETIMEDOUT, -EINTR: a handler of the program ran. */
int futex_wait_until(int *word, int value, const struct timespec *deadline);
#define futex_wait(word, value) futex_wait_until(word, value, NULL)

/* The same for words that the kernel wakes, which it does as shared ones. */
int futex_wait_shared(int *word, int value, const struct timespec *deadline);

/* 0 if a deadline is one, or NULL; -EINVAL. */
int deadline_check(const struct timespec *);

void robust_adopt(struct robust_list_head *, int old_tid, int new_tid);
void robust_abandon(struct thread *);

/* ---- repair.c --------------------------------------------------------------- */

/* keep_begin: by the stopper, before it stops the others; keep_thread: by each
 * thread for itself.  0, -EOPNOTSUPP: it cannot be copied, or the kernel's error. */
void keep_begin(struct thread *stopper);
int keep_thread(struct thread *);
int repair_thread(struct thread *);	/* by the copy; 0 or an error */

/* Where no fork has made the first task the caller's likeness. */
int repair_first_task(void);

/* ---- call.c ------------------------------------------------------------------ */

/* The program's CLOCK_MONOTONIC less the kernel's, in nanoseconds: 0 until a
 * restart, which sets it such that the program's goes on where it stood, before
 * there are threads.  All deadlines of the program are in program time. */
extern long clock_offset;

/* Computes anew what the kernel reads of a call that is timed; for others and
 * NULL does nothing.  Whenever the process may have been restarted after that was
 * computed, and the call may yet be made. */
struct call;
void call_set_time(struct call *);

/* ---- forkall.c, respawn.c --------------------------------------------------- */

/* How a process is to be duplicated. */
struct duplication {
	int stop;			/* STOP_DUPLICATE or STOP_CHECKPOINT */
	int exit_signal;		/* and CLONE_PARENT: not a child */
	int (*prepare)(void *);		/* in the stop, before the fork; or NULL */
	void (*first_task)(void *);	/* of the copy, on a stack of its own */
	void *argument;			/* of both */
	int background;			/* do not wait for the copy's report: its
					 * pipe is then... */
	int channel, tid;		/* ...here, and who may read it */
};

/* Stops the process and forks it: the copy's pid, in the copy 0, or an error. */
int duplicate(struct duplication *);

/* What respawn_report() has written; -ECANCELED if the copy died before; or why
 * it cannot be read, which does not mean that the copy is dead. */
int await_report(int channel);

extern struct thread *respawn_caller;	/* who made this copy */
extern int respawn_channel[2];		/* pipe from it to who waits for it */
extern volatile int respawn_ordered;	/* set by a debugger: one by one */

/* In the copy's first task: looks whether all threads can be made, then makes
 * them, and becomes the leader. */
void respawn_check(void);
_Noreturn void respawn_threads(void);

/* Called by each thread after its context_save() has returned 1. */
void respawned(struct thread *);

/* Called by the last thread of a copy before any goes on, in place of a reader of
 * the pipe, or NULL.  Negative: it has failed, and the copy ends. */
extern int (*respawn_complete)(void);

/* Ends the copy, before anybody has run, because of a thread. */
_Noreturn void respawn_fail(int error, const struct thread *);

/* Tells who waits for the copy how it went, and closes the pipe. */
int respawn_report(int result);

unsigned long *respawn_stack_end(void);	/* of the first task's stack */

/* ---- error.c: for the tools --------------------------------------------- */

const char *error_text(long error);	/* of a negative error number */

/* ---- debugger.c --------------------------------------------------------- */

void debugger_snapshot(int signal, siginfo_t *, struct ucontext *);

/* ---- snapshot.c --------------------------------------------------------- */

/* snapshot(); a debugger's is a sibling and not a child of the process. */
int snapshot_for(int debugger);

/* What stands behind a word in /proc/PID/status, and a number there. */
const char *proc_status_field(const char *status, const char *word);
unsigned long proc_parse(const char **s, unsigned base);	/* and *s behind it */

static inline unsigned long proc_hex(const char *s)
{
	return proc_parse(&s, 16);
}

#endif
