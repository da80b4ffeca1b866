/* The system calls that the library itself makes: sys(close, fd).  They return
 * the kernel's value, a negative error number on failure, and are not restarted
 * after a signal: waits that a stop may meet go through restartable_call().
 * Only calls that every architecture has are used. */
#ifndef SYS_H
#define SYS_H

#include "arch.h"
#include <linux/fcntl.h>
#include <linux/futex.h>
#include <linux/kcmp.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <linux/time.h>
#include <linux/wait.h>
#include <stddef.h>

#define sys(...) sys_padded(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define sys_padded(name, a, b, c, d, e, f, ...) \
	syscall6(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), \
		 (long)(e), (long)(f))

/* What getdents64() gives, in no UAPI header. */
struct directory_entry {
	unsigned long inode, next;
	unsigned short size;
	unsigned char type;
	char name[];
};

static inline int futex_wake(int *word, int count)
{
	return (int)sys(futex, word, FUTEX_WAKE_PRIVATE, count);
}

/* Returns the mask before. */
static inline unsigned long set_mask(int how, unsigned long set)
{
	unsigned long old;

	sys(rt_sigprocmask, how, &set, &old, sizeof set);
	return old;
}

static inline _Noreturn void exit_task(void)
{
	for (;;)
		sys(exit, 0);
}

static inline _Noreturn void exit_group(int status)
{
	for (;;)
		sys(exit_group, status);
}

#endif
