/* A thread looks at all of itself that the kernel keeps: the first time it gives
 * itself values that no other thread has, and from then on, in P and in every
 * copy, it must find them. */
#ifndef ONESELF_H
#define ONESELF_H

#include "crew.h"
#include <linux/prctl.h>
#include <linux/futex.h>
#include <linux/resource.h>
#include <linux/sched/types.h>

struct oneself {
	char name[16];
	unsigned long mask, affinity[16];
	struct sched_attr scheduling;
	int nice;
	stack_t stack;
	struct robust_list_head *robust;
};

static _Thread_local struct {
	struct oneself was;
	struct mutex mutex;
	char stack[16384];
	int is_set;
} own;

static inline void oneself_read(struct oneself *o)
{
	size_t size;

	memset(o, 0, sizeof *o);
	CHECK_EQUAL(system_call(__NR_prctl, PR_GET_NAME, o->name, 0, 0, 0), 0);
	CHECK_EQUAL(signal_mask(SIG_SETMASK, NULL, &o->mask), 0);
	CHECK(system_call(__NR_sched_getaffinity, 0, sizeof o->affinity,
			  o->affinity) > 0);
	CHECK_EQUAL(system_call(__NR_sched_getattr, 0, &o->scheduling,
				sizeof o->scheduling, 0), 0);
	o->nice = (int)system_call(__NR_getpriority, PRIO_PROCESS, 0);
	CHECK_EQUAL(system_call(__NR_sigaltstack, NULL, &o->stack), 0);
	CHECK_EQUAL(system_call(__NR_get_robust_list, 0, &o->robust, &size), 0);
}

/* The nicest thread must not be the one that makes the others in a copy: only root
 * may go back. */
static int oneself_backwards;

static inline void oneself_set(int id)
{
	unsigned long mask = 1UL << (SIGRTMIN + 8 + id % 16);
	char name[16];

	format(name, sizeof name, "thread %d", id);
	CHECK_EQUAL(thread_set_name(thread_self(), name), 0);
	CHECK_EQUAL(signal_mask(SIG_SETMASK, &mask, NULL), 0);
	CHECK_EQUAL(system_call(__NR_sigaltstack, &(stack_t){
		.ss_sp = own.stack, .ss_size = sizeof own.stack }, NULL), 0);
	CHECK_EQUAL(system_call(__NR_setpriority, PRIO_PROCESS, 0,
				oneself_backwards ? 19 - id : id), 0);
	mutex_init(&own.mutex, MUTEX_ERRORCHECK | MUTEX_ROBUST);
	CHECK_EQUAL(mutex_lock(&own.mutex), 0);
}

static inline void oneself_look(void)
{
	struct oneself now;

	if (!own.is_set) {
		oneself_set(thread_id(thread_self()));
		oneself_read(&own.was);
		own.is_set = 1;
	}
	oneself_read(&now);
	CHECK_EQUAL(memcmp(now.name, own.was.name, sizeof now.name), 0);
	CHECK_EQUAL(now.mask, own.was.mask);
	CHECK_EQUAL(memcmp(now.affinity, own.was.affinity,
			   sizeof now.affinity), 0);
	CHECK_EQUAL(now.nice, own.was.nice);
	CHECK_EQUAL(now.stack.ss_sp, own.was.stack.ss_sp);
	CHECK_EQUAL(now.stack.ss_flags, own.was.stack.ss_flags);
	CHECK_EQUAL(now.robust, own.was.robust);
	CHECK_EQUAL(memcmp(&now, &own.was, sizeof now), 0);
	/* The kernel's tid and the word agree. */
	CHECK_EQUAL(own.mutex.word & FUTEX_TID_MASK, gettid());
	CHECK_EQUAL(mutex_lock(&own.mutex), -EDEADLK);
}

#endif
