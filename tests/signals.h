/* What the signal tests share: masks and handlers, and what /proc tells about
 * the signals of a thread, also of another process. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "crew.h"
#include <linux/signal.h>

struct ucontext;

#define BIT(n)        (1UL << ((n) - 1))
#define UNBLOCKABLE   (BIT(SIGKILL) | BIT(SIGSTOP))
#define EVERYTHING    (~0UL)
#define BLOCKABLE     (~(UNBLOCKABLE | BIT(SIGSYNCCALL)))
#define FIRST_QUEUED  40	/* from here on, signals are not merged */

static inline void set_mask(unsigned long mask)
{
	CHECK_EQUAL(signal_mask(SIG_SETMASK, &mask, NULL), 0);
}

static inline unsigned long get_mask(void)
{
	unsigned long mask = 0;

	CHECK_EQUAL(signal_mask(SIG_SETMASK, NULL, &mask), 0);
	return mask;
}

static inline void handle_masked(int signal, void (*handler)(int),
				 unsigned long flags, unsigned long mask)
{
	struct signal_action action = { handler, flags, mask };

	CHECK_EQUAL(signal_action(signal, &action, NULL), 0);
}

static inline void handle(int signal, void (*handler)(int), unsigned long flags)
{
	handle_masked(signal, handler, flags, 0);
}

static inline void send(int pid, int tid, int signal)
{
	CHECK_EQUAL(system_call(__NR_tgkill, pid, tid, signal), 0);
}

static inline unsigned long pending_signals(void)
{
	unsigned long set = 0;

	CHECK_EQUAL(system_call(__NR_rt_sigpending, &set, sizeof set), 0);
	return set;
}

/* A thread's /proc/PID/task/TID/status, as far as it is about signals. */
struct signals {
	char state;			/* S: asleep */
	unsigned long pending;		/* for this thread */
	unsigned long shared;		/* for its process */
	unsigned long blocked;
};

static inline const char *status_value(const char *text, const char *name)
{
	size_t n = strlen(name);

	while (memcmp(text, name, n)) {
		while (*text && *text != '\n')
			text++;
		CHECK(*text);
		text++;
	}
	return text + n;
}

static inline unsigned long status_set(const char *text, const char *name)
{
	unsigned long set = 0;

	for (text = status_value(text, name); *text != '\n'; text++)
		set = set * 16 + (unsigned long)
		      (*text > '9' ? *text - 'a' + 10 : *text - '0');
	return set;
}

/* 0, or an error: the thread is gone. */
static inline int read_signals(int pid, int tid, struct signals *s)
{
	char path[48], text[4096];
	long fd, n;

	format(path, sizeof path, "/proc/%d/task/%d/status", pid, tid);
	fd = system_call(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return (int)fd;
	n = system_call(__NR_read, fd, text, sizeof text - 1);
	system_call(__NR_close, fd);
	if (n <= 0)
		return -ESRCH;
	text[n] = 0;
	s->state = *status_value(text, "State:\t");
	s->pending = status_set(text, "SigPnd:\t");
	s->shared = status_set(text, "ShdPnd:\t");
	s->blocked = status_set(text, "SigBlk:\t");
	return 0;
}

static inline struct signals signals_of(int pid, int tid)
{
	struct signals s;

	CHECK_EQUAL(read_signals(pid, tid, &s), 0);
	return s;
}

/* Waits until a thread is parked: asleep with SIGSYNCCALL blocked, as no other
 * thread is that has not done it by raw system calls. */
static inline struct signals await_parked(int pid, int tid)
{
	struct signals s = signals_of(pid, tid);

	while (s.state != 'S' || !(s.blocked & BIT(SIGSYNCCALL))) {
		system_call(__NR_sched_yield);
		s = signals_of(pid, tid);
	}
	return s;
}

/* Of the alternate stack: SS_ONSTACK, SS_DISABLE, or 0. */
static inline int stack_flags(void)
{
	stack_t stack;

	CHECK_EQUAL(system_call(__NR_sigaltstack, NULL, &stack), 0);
	return stack.ss_flags;
}

#endif
