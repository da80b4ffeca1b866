/* The public interface of forkall: threads, locks, signals, and the duplication
 * of a process with all its threads.  A program needs nothing else.
 *
 * Every function that can fail returns a negative error number (-EINVAL, ...).
 * Unless its comment says otherwise, a function must not be called from a
 * signal handler.  Times are CLOCK_MONOTONIC; deadlines are absolute. */
#ifndef FORKALL_H
#define FORKALL_H

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/signal.h>
#include <linux/time.h>
#include <stddef.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>

#define SIGSYNCCALL 34		/* stops a thread */
#define SIGRESTART  35		/* asks a snapshot for a running copy */
#define SIGCKPT     36		/* asks a program for an image of itself */

/* ---- Threads (core/thread.c) ------------------------------------------- */

struct thread;			/* the thread control block: a thread's identity */

struct thread_attr {
	size_t stack_size;	/* bytes, beside what a stop takes; 0: 128 KiB */
	size_t guard_size;	/* bytes below the stack; 0: one page */
	int detached;		/* nonzero: nobody will join it */
	const char *name;	/* at most 15 bytes are kept; NULL: the creator's */
};

/* Starts a thread that runs start(argument).  attr may be NULL.  The new
 * thread inherits the creator's signal mask and has no alternate stack.
 * Returns 0 and the thread in *thread (which may be NULL if detached).
 * -EINVAL: start is NULL, no place for the thread, or a stack under 4096 bytes;
 * -EAGAIN: a limit on tasks; -ENOMEM: no memory or mappings; -EDEADLK: in a
 * callback of synccall() or of a thread.  pthread_create(3) is the model. */
int thread_create(struct thread **thread, const struct thread_attr *attr,
		  void *(*start)(void *), void *argument);

/* Waits until a thread has ended, stores what it returned in *result (unless
 * result is NULL) and frees it.  -EINVAL: NULL, detached, or another
 * thread joins it already; -EDEADLK: the caller itself. */
int thread_join(struct thread *thread, void **result);

/* Lets a thread free itself when it ends.  -EINVAL: NULL, detached already, or
 * being joined. */
int thread_detach(struct thread *thread);

/* Ends the calling thread.  In the main thread, the process goes on without
 * it; in the last thread, the process exits with status 0.  Not in a callback
 * of any kind: the process is ended by SIGILL or SIGTRAP. */
_Noreturn void thread_exit(void *result);

/* The calling thread.  Async-signal-safe. */
struct thread *thread_self(void);

/* A thread's number in this program: 0 is the main thread, and a copy of the
 * process has the same numbers.  -EINVAL: NULL.  Async-signal-safe. */
int thread_id(const struct thread *thread);

/* The kernel's thread id, which differs in a copy.  -EINVAL: NULL.
 * Async-signal-safe. */
int thread_tid(const struct thread *thread);

/* Names a thread as /proc shows it: at most 15 bytes are kept.  -EINVAL: a NULL
 * argument; for another thread than the caller, also what opening its name in
 * /proc gives (-ENOENT: it has ended, or /proc is not mounted). */
int thread_set_name(struct thread *thread, const char *name);

/* Ends the process, all threads at once.  Async-signal-safe. */
_Noreturn void process_exit(int status);

/* ---- Locks and waits (core/mutex.c, sync.c) ----------------------------- */

/* All objects are for the threads of one process.  A lock belongs to a TCB, so
 * that it has the same owner in a copy.  Zeroed memory is a valid plain mutex,
 * condition variable, semaphore of value 0, and once.  The models are POSIX's,
 * pthread_mutex_lock(3) and so on; robust mutexes are in the kernel's robust
 * lists (Documentation/locking/robust-futexes). */

struct mutex {
	int word;		/* futex; its meaning depends on the type */
	int type;
	int depth;		/* recursive: how often it was locked, less one */
	int inconsistent;	/* robust: an owner died and nobody repaired */
	struct thread *owner;
	struct mutex_link { struct mutex_link *next, *prev; } link; /* robust */
};

#define MUTEX_PLAIN      0	/* the owner locks again: waits for ever */
#define MUTEX_RECURSIVE  1
#define MUTEX_ERRORCHECK 2
#define MUTEX_ROBUST     4	/* a flag: or it to one of the above */
#define MUTEX_INIT       { 0 }

/* -EINVAL: m is NULL or the type unknown. */
int mutex_init(struct mutex *m, int type);

/* 0: the caller has it.  -EOWNERDEAD: has it, but the owner before died with it
 * (robust): repair what it guards, then call mutex_consistent().  -EDEADLK: the
 * caller has it already (error checking); -EAGAIN: locked too often
 * (recursive); -ENOTRECOVERABLE: unlocked once without mutex_consistent();
 * -EBUSY: somebody has it (trylock; the caller too, unless recursive);
 * -ETIMEDOUT: the deadline came; -EINVAL: m is NULL, or tv_nsec is out of
 * range. */
int mutex_lock(struct mutex *m);
int mutex_trylock(struct mutex *m);
int mutex_lock_until(struct mutex *m, const struct timespec *deadline);

/* -EPERM: the caller does not have it (all types: this is a bug of the caller);
 * -EINVAL: NULL. */
int mutex_unlock(struct mutex *m);

/* Declares a robust mutex that was locked with -EOWNERDEAD repaired.
 * -EINVAL: the caller does not hold such a one. */
int mutex_consistent(struct mutex *m);

struct condition { int sequence; };
#define CONDITION_INIT { 0 }

/* Unlocks the mutex and waits in one step, then locks it again.  Can return 0
 * without a signal: test the predicate.  -ETIMEDOUT: the deadline came;
 * -EPERM: the caller does not hold the mutex; -EINVAL: NULL or a bad deadline;
 * or what mutex_lock() returned (-EOWNERDEAD). */
int condition_wait(struct condition *c, struct mutex *m);
int condition_wait_until(struct condition *c, struct mutex *m,
			 const struct timespec *deadline);
int condition_signal(struct condition *c);	/* -EINVAL: NULL */
int condition_broadcast(struct condition *c);	/* the same */

struct barrier { int count, round; unsigned long arrived; };

/* -EINVAL: NULL, or a count below 1. */
int barrier_init(struct barrier *b, int count);

/* Waits until count threads have come: 1 in one of them, 0 in the others;
 * -EINVAL: NULL, or not initialized. */
int barrier_wait(struct barrier *b);

struct semaphore { int value, waiters; };
#define SEMAPHORE_INIT(n) { (n), 0 }

/* -EINVAL: NULL, or a negative value. */
int semaphore_init(struct semaphore *s, int value);

/* Takes one, waiting for it.  -EINTR: a handler of the program ran meanwhile;
 * -ETIMEDOUT: the deadline came; -EINVAL: NULL or a bad deadline. */
int semaphore_wait(struct semaphore *s);
int semaphore_wait_until(struct semaphore *s, const struct timespec *deadline);

/* Gives one.  -EOVERFLOW: at INT_MAX; -EINVAL: NULL.  Async-signal-safe. */
int semaphore_post(struct semaphore *s);

struct once { int state; };
#define ONCE_INIT { 0 }

/* Calls function() the first time; later and concurrent calls return when that
 * one has.  -EINVAL: NULL. */
int once_call(struct once *o, void (*function)(void));

/* Sleeps until *deadline, or for a time.  0; -EINTR: a handler of the program
 * ran meanwhile; -EINVAL: NULL or out of range.  Async-signal-safe. */
int sleep_until(const struct timespec *deadline);
int sleep_for(long nanoseconds);

/* CLOCK_MONOTONIC in nanoseconds.  Async-signal-safe. */
long clock_now(void);

/* ---- System calls and signals (core/system_call.c, signal.c) -------------- */

/* Any system call, with up to six arguments; returns what the kernel returns.
 * Never -EINTR because of a stop, a relative timeout counts on through a stop,
 * and a masked wait (ppoll, sigsuspend, ...) can still be stopped.
 * Async-signal-safe.  NOTES.md lists the calls that cannot be made whole.  The
 * idea is restart_syscall(2), without a signal to see. */
long system_call(long number, ...);

struct signal_action {
	void (*handler)(int);	/* or SIG_DFL, SIG_IGN; with SA_SIGINFO it gets
				 * (int, siginfo_t *, struct ucontext *) */
	unsigned long flags;	/* SA_RESTART, SA_ONSTACK, SA_SIGINFO, ... */
	unsigned long mask;	/* bit n-1 is signal n */
};

/* Sets (new not NULL) and returns (old not NULL) what a signal does; every
 * handler of a program has to be set with this.  -EINVAL: no such signal, one
 * that cannot be caught, or one of the library's own (SIGSYNCCALL,
 * SIGRESTART).  Async-signal-safe. */
int signal_action(int signal, const struct signal_action *new,
		  struct signal_action *old);

/* Changes the calling thread's mask: how is SIG_BLOCK, SIG_UNBLOCK or
 * SIG_SETMASK, set and old may be NULL.  SIGSYNCCALL stays open whatever set
 * says, and *old never shows it.  -EINVAL: how is unknown.  Async-signal-safe. */
int signal_mask(int how, const unsigned long *set, unsigned long *old);

/* ---- Stopping and duplicating (core/synccall.c, forkall.c, snapshot.c) --- */

/* Runs callback(argument) once in every thread, one after another, while no
 * thread runs program code.  0, or -ETIMEDOUT: a thread did not stop in time
 * (see stop_culprit) and no callback has run; -EINVAL: NULL; -EDEADLK: called
 * from a callback.  The callback must be async-signal-safe and must not wait
 * for another thread.  Async-signal-safe.  The idea is musl's __synccall. */
int synccall(void (*callback)(void *), void *argument);

/* Duplicates the process with all its threads.  Returns the copy's pid in the
 * original, 0 in the copy.  The caller waits until the copy is complete, the
 * other threads only for the fork itself.  On an error the process is as it
 * was, and no thread of a copy has run:
 * -ETIMEDOUT: a thread did not stop in time (see stop_culprit);
 * -EAGAIN, -ENOMEM: a limit on processes, threads, memory or mappings;
 * -EMFILE, -ENFILE: no file descriptors for the pipe to the copy;
 * -EPERM, -EACCES: a thread's nice value or policy cannot be given to its copy;
 * -EOPNOTSUPP: a thread has credentials, open files or a working directory of its
 * own, a shadow stack, or a stack that fork does not copy (MADV_DONTFORK);
 * -EINVAL: there are more than 1024 processors;
 * -EDEADLK: called from a synccall callback, or a handler during execve;
 * -ECANCELED: the copy was killed before it was complete.
 * Async-signal-safe.  The model is Solaris forkall(2). */
int forkall(void);

/* forkall() with flags, those of Solaris forkallx(2): */
#define FORK_NOSIGCHLD 1	/* no SIGCHLD when the copy ends */
#define FORK_WAITPID   2	/* only a wait for its pid reaps the copy */
/* Linux has one mechanism for both, a child without an exit signal: waiting for
 * it needs __WALL or __WCLONE.  -EINVAL: an unknown bit. */
int forkallx(int flags);

/* Duplicates the process with the calling thread alone, like POSIX fork():
 * locks that other threads hold stay locked in the copy for ever.  Returns as
 * fork(2).  -EAGAIN, -ENOMEM; -EDEADLK: in a callback.  Async-signal-safe. */
int fork1(void);

/* Sets how long a stop may take, in milliseconds (0: for ever; at first 5000),
 * for all threads.  Returns the value before; -EINVAL: negative.
 * Async-signal-safe. */
int stop_timeout(int milliseconds);

/* The tid of the thread that did not stop, after the caller's last -ETIMEDOUT;
 * else 0.  Async-signal-safe. */
int stop_culprit(void);

/* Makes a copy that stays dormant: one task, no threads, all signals blocked,
 * asleep until SIGRESTART.  Returns its pid; 0 in each process resumed
 * from it, with all threads; errors as forkall().  Async-signal-safe.  The idea
 * is a fork server's. */
int snapshot(void);

/* Has a snapshot make a running copy of itself, and returns that copy's pid when
 * all its threads run.  The snapshot stays.  The copy is a sibling of the
 * snapshot: a child of who called snapshot(), or of who inherited
 * it.  Any process of the same user may ask.
 * -ESRCH: pid is not a snapshot (it gets no signal), or it died meanwhile;
 * -EPERM: it is another user's; -ETIMEDOUT: no answer within stop_timeout();
 * -EAGAIN: the user's signal queue stays full; -ECANCELED: in a copy of the
 * process that was made meanwhile; -EMFILE, -ENFILE; or why the copy could not
 * be made, as forkall(). */
int snapshot_resume(int pid);

/* Ends a snapshot, and reaps it if it is the caller's child.  0; -ESRCH: not a
 * snapshot; -EPERM: another user's; -EMFILE, -ENFILE. */
int snapshot_discard(int pid);

/* ---- Checkpoints (core/checkpoint.c, callback.c, critical.c, request.c) ----- */

/* Writes an image of the process with all its threads to a file, an ELF core
 * that gdb and restart read.  Returns 0 when it is complete and on the disk, and
 * 1 in a process that has been restarted from it.  The caller waits for the
 * disk, the other threads only for a fork.  One process writes it beside
 * this one, under the name PATH.PID.tmp, which becomes PATH in the end:
 * whatever was there before stays whole if anything goes wrong.  Requests wait
 * for one another.  Errors, beside those of forkall():
 * -EINVAL: path is NULL; -ENAMETOOLONG; -ENOENT, -EACCES, -ENOSPC, ...: the file
 * cannot be written, or there is no /proc;
 * -EDEADLK: also in a callback, in a critical section of the caller's own, or
 * in a handler that has interrupted checkpoint();
 * -ETIMEDOUT: also a critical section was not left, or a callback of a thread did
 * not proceed in time (see stop_culprit);
 * -EAGAIN: also a callback failed for now; -ECANCELED, or the callback's error: one
 * failed for good; -ENODATA: one omitted the process;
 * -ECANCELED: the writer was killed; or this is a copy (forkall, snapshot) of the
 * process whose image is being taken, which is the original's affair.
 * A request that waits for another goes on in a copy, or in a restarted process,
 * as if it had been made there.
 * Must not be called from a signal handler. */
int checkpoint(const char *path);

/* Callbacks: run around each checkpoint, in the shape of BLCR's.  A callback's
 * code before checkpoint_proceed() prepares; that call returns when the process
 * has been copied or the request given up, long before the image is on the disk;
 * and the code after it puts things right again:
 *
 *	static void close_socket(void *unused)
 *	{
 *		disconnect();
 *		if (checkpoint_proceed(CHECKPOINT_READY) == 1)
 *			...				// restarted
 *		connect_again();
 *	}
 *
 * The latest is called first, and its checkpoint_proceed() calls the one before:
 * they nest.  One that returns without proceeding was ready.  One that is
 * registered during a request takes part from the next one on. */
struct callback {
	void (*function)(void *argument);
	void *argument;
	struct callback *next;		/* the library's */
};

#define CALLBACK_PROCESS 0	/* runs in the requesting thread, before the stop */
#define CALLBACK_THREAD  1	/* runs in the thread that registers it, as a
				 * part of its stop: in a signal handler, so no
				 * mutex_lock() */

/* Registers a callback, which must stay where it is until callback_remove(), or
 * until its thread ends.  -EINVAL: NULL, no function, or an unknown scope;
 * -EEXIST: it is registered; -EDEADLK: in a callback of a thread. */
int callback_add(struct callback *callback, int scope);

/* -EINVAL: NULL; -ENOENT: it is not registered, or by another thread;
 * -EBUSY: it is being called; -EDEADLK: in a callback of a thread. */
int callback_remove(struct callback *callback);

/* In a callback, once.  Returns 0: the original goes on (and the image is being
 * written); 1: in a restarted process; negative: there is no image, with the
 * error that checkpoint() returns.  -EPERM: not in a callback; -EALREADY: called already; -EINVAL:
 * unknown flags. */
int checkpoint_proceed(int flags);
#define CHECKPOINT_READY       0
#define CHECKPOINT_OMIT        1	/* write no image; nothing has failed */
#define CHECKPOINT_TEMPORARY   2	/* fails now: -EAGAIN */
#define CHECKPOINT_PERMANENT   3	/* fails for good: -ECANCELED... */
#define CHECKPOINT_ERROR(code) ((code) << 8)	/* ...or -code, from 1 to 4095:
					 * or it to CHECKPOINT_PERMANENT */

/* In a callback of the process: fd is to be closed in restarted processes, be it
 * something that cannot be restored or not.  Good for this request.
 * -EPERM: not in such a callback; -EBADF: not from 0 to 1023. */
int checkpoint_close(int fd);

/* Critical sections, of the calling thread, nestable: no image is taken while
 * any thread is inside.  A request waits, up to stop_timeout(), until the last
 * one has left; who wants to enter then waits until it has been taken and the
 * callbacks of the process have returned.
 * critical_try_enter: -EBUSY instead of waiting.  critical_leave: -EPERM: not
 * inside.  A thread that ends leaves.  The idea is BLCR's cr_enter_cs(). */
int critical_enter(void);
int critical_try_enter(void);
int critical_leave(void);

/* Hooks around forkall(), in the thread that calls it, as pthread_atfork(3):
 * prepare before the stop, the latest first; then, in the order of registration,
 * parent in the original (also if there is no copy) and child in the copy.  Each
 * may be NULL.  The structure stays registered for good.
 * -EINVAL: NULL; -EEXIST: it is registered; -EDEADLK: in a callback. */
struct fork_hooks {
	void (*prepare)(void), (*parent)(void), (*child)(void);
	struct fork_hooks *next, *previous;	/* the library's */
};
int fork_hooks_add(struct fork_hooks *hooks);

/* From now on the process writes an image, directory/NAME.PID.image (NAME is that
 * of the program's file), when it gets SIGCKPT: a thread of the library's, "checkpoint", calls checkpoint().  The
 * tool ckpt sends the signal and waits for the answer.  The program may block,
 * ignore or replace SIGCKPT like any signal.  NULL: no longer.
 * -ENOENT, -ENOTDIR, -EACCES, -ENAMETOOLONG: the directory cannot be used; or as
 * thread_create(). */
int checkpoint_enable(const char *directory);

/* ---- Output (core/print.c) ---------------------------------------------- */

/* Formatted output with one write: %d %u %x %c %s %p %% with l, 0, - and a
 * width (a number or *), at most 1023 bytes.  Returns the bytes written, or a
 * negative error.  Async-signal-safe. */
int print(const char *format, ...) __attribute__((format(printf, 1, 2)));
int eprint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same into a buffer of size bytes: always terminated; returns the length
 * without the final 0, cut to what fits. */
int format(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What the compiler may call (core/string.c). */
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);

#endif
