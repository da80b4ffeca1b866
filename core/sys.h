/* The system calls that the library itself makes, with types.  All return the
 * kernel's value, a negative error number on failure.  None is restarted after
 * a signal: waits that a stop may meet go through restartable_call() instead.
 * Only calls that every architecture has are here. */
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

#define sys0(n)                   syscall6(n, 0, 0, 0, 0, 0, 0)
#define sys1(n, a)                syscall6(n, (long)(a), 0, 0, 0, 0, 0)
#define sys2(n, a, b)             syscall6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define sys3(n, a, b, c)          syscall6(n, (long)(a), (long)(b), (long)(c), \
					   0, 0, 0)
#define sys4(n, a, b, c, d)       syscall6(n, (long)(a), (long)(b), (long)(c), \
					   (long)(d), 0, 0)

static inline long sys_fork(long flags)
{
	return syscall6(__NR_clone, flags, 0, 0, 0, 0, 0);
}

static inline int sys_close(int fd)
{
	return (int)sys1(__NR_close, fd);
}

static inline long sys_read(int fd, void *buffer, size_t n)
{
	return sys3(__NR_read, fd, buffer, n);
}

static inline long sys_write(int fd, const void *buffer, size_t n)
{
	return sys3(__NR_write, fd, buffer, n);
}

static inline int sys_openat(const char *path, int flags)
{
	return (int)sys4(__NR_openat, AT_FDCWD, path, flags, 0);
}

static inline int sys_pipe2(int ends[2], int flags)
{
	return (int)sys2(__NR_pipe2, ends, flags);
}

static inline int sys_getpid(void)
{
	return (int)sys0(__NR_getpid);
}

static inline int sys_gettid(void)
{
	return (int)sys0(__NR_gettid);
}

static inline int sys_wait4(int pid, int options)
{
	return (int)sys4(__NR_wait4, pid, 0, options, 0);
}

static inline int sys_set_tid_address(int *address)
{
	return (int)sys1(__NR_set_tid_address, address);
}

static inline int sys_sigprocmask(int how, const unsigned long *set,
				  unsigned long *old)
{
	return (int)sys4(__NR_rt_sigprocmask, how, set, old, sizeof *set);
}

static inline int sys_kill(int pid, int signal)
{
	return (int)sys2(__NR_kill, pid, signal);
}

static inline int sys_tgkill(int pid, int tid, int signal)
{
	return (int)sys3(__NR_tgkill, pid, tid, signal);
}

static inline int sys_tgsigqueueinfo(int pid, int tid, int signal,
				     const siginfo_t *info)
{
	return (int)sys4(__NR_rt_tgsigqueueinfo, pid, tid, signal, info);
}

/* A shared page of private memory, and so the address of a futex in it, is
 * known by the address space: private and shared waits differ in cost only,
 * but the waker has to use the same kind.  timeout is relative, or NULL. */
static inline long sys_futex(int *word, int operation, int value,
			     const struct timespec *timeout)
{
	return sys4(__NR_futex, word, operation, value, timeout);
}

static inline int futex_wake(int *word, int count)
{
	return (int)sys_futex(word, FUTEX_WAKE_PRIVATE, count, NULL);
}

static inline void *sys_mmap(size_t size, int protection, int flags)
{
	return (void *)syscall6(__NR_mmap, 0, (long)size, protection, flags,
				-1, 0);
}

static inline int sys_munmap(void *address, size_t size)
{
	return (int)sys2(__NR_munmap, address, size);
}

static inline int sys_mprotect(void *address, size_t size, int protection)
{
	return (int)sys3(__NR_mprotect, address, size, protection);
}

static inline int sys_prctl(int option, const void *argument)
{
	return (int)sys2(__NR_prctl, option, argument);
}

static inline _Noreturn void sys_exit(int status)
{
	for (;;)
		sys1(__NR_exit, status);
}

static inline _Noreturn void sys_exit_group(int status)
{
	for (;;)
		sys1(__NR_exit_group, status);
}

#endif
