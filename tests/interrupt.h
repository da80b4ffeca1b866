/* Calls that a handler of the program ends with EINTR, and a look at whether a
 * thread is inside its call. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include "blocked.h"
#include "socket.h"
#include <linux/eventpoll.h>
#include <linux/ipc.h>
#include <linux/sem.h>

#define KINDS 12
#define SLOW_KINDS 3		/* the first ones: SA_RESTART restarts them */
#define FUTEX_KIND 2		/* of these, the one that returns 0 */

extern char call_end[], call_again_end[];

static int word, pipe_ends[2], socket_ends[2], epoll, semaphore;

static inline void open_objects(void)
{
	struct epoll_event in = { .events = EPOLLIN };

	open_pipe(pipe_ends);
	open_socketpair(SOCK_STREAM, socket_ends);
	epoll = (int)system_call(__NR_epoll_create1, 0);
	CHECK(epoll >= 0);
	CHECK_EQUAL(system_call(__NR_epoll_ctl, epoll, EPOLL_CTL_ADD,
				pipe_ends[0], &in), 0);
	semaphore = (int)system_call(__NR_semget, IPC_PRIVATE, 1, 0600);
	if (semaphore == -ENOSYS)
		skip("the kernel has no System V semaphores");
	CHECK(semaphore >= 0);
}

static inline void close_objects(void)
{
	CHECK_EQUAL(system_call(__NR_semctl, semaphore, 0, IPC_RMID), 0);
}

/* Makes a call that nothing but a signal ends. */
static inline long wait_for_signal(int kind)
{
	struct pollfd end = { .fd = pipe_ends[0], .events = POLLIN };
	unsigned long set = 1UL << pipe_ends[0], none = 0;
	unsigned long other = 1UL << (SIGUSR2 - 1);
	struct sembuf take = { .sem_op = -1 };
	struct timespec hour = { 3600, 0 }, late = at(clock_now());
	struct epoll_event event;
	char c;

	late.tv_sec += 3600;
	switch (kind) {
	case 0:
		return system_call(__NR_read, pipe_ends[0], &c, 1);
	case 1:
		return system_call(__NR_recvfrom, socket_ends[0], &c, 1, 0,
				   NULL, NULL);
	case 2:
		return system_call(__NR_futex, &word, FUTEX_WAIT_PRIVATE, 0,
				   NULL);
	case 3:
		return system_call(__NR_futex, &word, FUTEX_WAIT, 0, &hour);
	case 4:
		return system_call(__NR_ppoll, &end, 1, NULL, NULL);
	case 5:
		return system_call(__NR_pselect6, pipe_ends[0] + 1, &set, NULL,
				   NULL, &hour, NULL);
	case 6:
		return system_call(__NR_epoll_pwait, epoll, &event, 1, -1, NULL,
				   8);
	case 7:
		return system_call(__NR_nanosleep, &hour, NULL);
	case 8:
		return system_call(__NR_clock_nanosleep, CLOCK_MONOTONIC,
				   TIMER_ABSTIME, &late, NULL);
	case 9:
		return system_call(__NR_rt_sigsuspend, &none, 8);
	case 10:
		return system_call(__NR_rt_sigtimedwait, &other, NULL, &hour,
				   8);
	default:
		return system_call(__NR_semop, semaphore, &take, 1);
	}
}

static inline unsigned long parse_hex(const char *p)
{
	unsigned long n = 0;

	for (p += 2; *p > ' '; p++)
		n = n * 16 + (unsigned long)(*p <= '9' ? *p - '0' :
					     *p - 'a' + 10);
	return n;
}

/* Whether a thread sleeps in its call, and not in a stop: /proc shows number
 * and arguments of the call, and last the program counter.  In a copy the id
 * may still be one of P's. */
static inline int is_in_call(int tid)
{
	char path[48], text[256], *p;
	unsigned long pc;
	long fd, n;

	format(path, sizeof path, "/proc/self/task/%d/syscall", tid);
	fd = system_call(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd == -ENOENT)
		return 0;
	CHECK(fd >= 0);
	n = system_call(__NR_read, fd, text, sizeof text - 1);
	system_call(__NR_close, fd);
	if (n <= 0 || text[0] == 'r' || text[0] == '-')
		return 0;			/* running */
	text[n] = 0;
	for (p = text + n; p[-1] != ' '; p--)
		;
	pc = parse_hex(p);
	if (pc != (unsigned long)call_end &&
	    pc != (unsigned long)call_again_end)
		return 0;
	/* The library waits for locks through the same code. */
	for (p = text, n = 0; *p >= '0' && *p <= '9'; p++)
		n = n * 10 + *p - '0';
	return n != __NR_futex || parse_hex(p + 1) == (unsigned long)&word;
}

static inline void await_in_call(struct thread *thread)
{
	while (!is_in_call(thread_tid(thread)))
		system_call(__NR_sched_yield);
}

static inline void send(struct thread *thread, int signal)
{
	CHECK_EQUAL(system_call(__NR_tgkill, getpid(), thread_tid(thread),
				signal), 0);
}

static inline void handle(int signal, void (*handler)(int), unsigned long flags)
{
	struct signal_action action = { .handler = handler, .flags = flags };

	CHECK_EQUAL(signal_action(signal, &action, NULL), 0);
}

#endif
