/* What the tests share: checks that end the process, hand-shakes, and a seeded
 * random number.  A test is a program of its own; exit status 0 is a pass, 77 a
 * skip that has said why, all else a failure. */
#ifndef TEST_H
#define TEST_H

#include "forkall.h"
#include <linux/fcntl.h>
#include <linux/wait.h>

#define load(p)     __atomic_load_n(p, __ATOMIC_SEQ_CST)
#define store(p, v) __atomic_store_n(p, v, __ATOMIC_SEQ_CST)
#define add(p, n)   __atomic_add_fetch(p, n, __ATOMIC_SEQ_CST)

#define FAILED 1
#define SKIPPED 77

static inline int getpid(void)
{
	return (int)system_call(__NR_getpid);
}

/* Ends the process unless a == b; both are printed. */
#define CHECK_EQUAL(a, b) do {						\
	long a_ = (long)(a), b_ = (long)(b);				\
	if (a_ != b_) {							\
		eprint("%s:%d: pid %d: %s is %ld, not %ld (%s)\n",	\
		       __FILE__, __LINE__, getpid(), #a, a_, b_, #b);	\
		process_exit(FAILED);					\
	}								\
} while (0)

#define CHECK(condition) do {						\
	if (!(condition)) {						\
		eprint("%s:%d: pid %d: not true: %s\n",			\
		       __FILE__, __LINE__, getpid(), #condition);	\
		process_exit(FAILED);					\
	}								\
} while (0)

static inline _Noreturn void skip(const char *why)
{
	print("skipped: %s\n", why);
	process_exit(SKIPPED);
}

/* Creates a thread or ends the test. */
static inline struct thread *spawn(void *(*start)(void *), void *argument)
{
	struct thread *thread;

	CHECK_EQUAL(thread_create(&thread, NULL, start, argument), 0);
	return thread;
}

/* Waits for a child of any kind to exit with status 0. */
static inline void reap(int pid)
{
	int status = -1;
	long r;

	do
		r = system_call(__NR_wait4, pid, &status, __WALL, 0);
	while (r == -EINTR);
	CHECK_EQUAL(r, pid);
	CHECK_EQUAL(status, 0);
}

/* A pipe as a hand-shake: one side waits for the other's byte. */
static inline void open_pipe(int ends[2])
{
	CHECK_EQUAL(system_call(__NR_pipe2, ends, 0), 0);
}

static inline void tell(const int ends[2])
{
	CHECK_EQUAL(system_call(__NR_write, ends[1], "x", 1), 1);
}

static inline void hear(const int ends[2])
{
	char c;

	CHECK_EQUAL(system_call(__NR_read, ends[0], &c, 1), 1);
}

/* Memory that P and its copies share. */
void *memory_shared(size_t size);

/* Waits until /proc shows the thread asleep in a system call: 'S'.  Between
 * looks it yields; there is no other way to know that somebody blocks. */
void wait_asleep(int tid);

/* xorshift; the seed is printed so that a failure can be run again. */
static inline unsigned random_next(unsigned long *state)
{
	unsigned long x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return (unsigned)(x >> 32);
}

/* The seed: the program's first argument, or the clock. */
static inline unsigned long random_seed(int argc, char **argv)
{
	unsigned long seed = 0;

	if (argc > 1)
		for (const char *s = argv[1]; *s >= '0' && *s <= '9'; s++)
			seed = seed * 10 + (unsigned long)(*s - '0');
	else
		seed = (unsigned long)clock_now();
	seed = seed ? seed : 1;
	print("seed %lu\n", seed);
	return seed;
}

#endif
