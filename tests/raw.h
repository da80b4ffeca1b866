/* A thread that blocks every signal behind the library's back, by a system call
 * of its own, and opens them again when it is told. */
#ifndef RAW_H
#define RAW_H

#include "arch.h"
#include "signals.h"

static inline void raw_mask(unsigned long mask)
{
	CHECK_EQUAL(syscall6(__NR_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0,
			     sizeof mask, 0, 0), 0);
}

struct deaf {
	struct thread *thread;
	int open[2], opened[2], end[2];	/* pipes */
	int tid;
	int opening;			/* it is about to open its signals */
};

static inline void *deaf_thread(void *argument)
{
	struct deaf *deaf = argument;

	raw_mask(EVERYTHING);
	hear(deaf->open);
	store(&deaf->opening, 1);
	raw_mask(0);
	tell(deaf->opened);
	hear(deaf->end);
	return argument;
}

/* Starts it and waits until it is deaf. */
static inline void deaf_start(struct deaf *deaf)
{
	struct signals s;

	deaf->opening = 0;
	open_pipe(deaf->open);
	open_pipe(deaf->opened);
	open_pipe(deaf->end);
	deaf->thread = spawn(deaf_thread, deaf);
	deaf->tid = thread_tid(deaf->thread);
	do
		s = signals_of(getpid(), deaf->tid);
	while (!(s.blocked & BIT(SIGSYNCCALL)) || s.state != 'S');
}

/* Lets it open its signals; it can be stopped from now on. */
static inline void deaf_open(struct deaf *deaf)
{
	tell(deaf->open);
	hear(deaf->opened);
}

/* In P and in each copy. */
static inline void deaf_end(struct deaf *deaf)
{
	tell(deaf->end);
	CHECK_EQUAL(thread_join(deaf->thread, NULL), 0);
}

static inline void deaf_close(struct deaf *deaf)
{
	for (int i = 0; i < 2; i++) {
		system_call(__NR_close, deaf->open[i]);
		system_call(__NR_close, deaf->opened[i]);
		system_call(__NR_close, deaf->end[i]);
	}
}

#endif
