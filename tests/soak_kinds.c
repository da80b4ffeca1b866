/* The kinds of blocked calls, first half: pipes, signals, children.  For each,
 * what it needs, the call, and what ends it.  A call returns the value that it
 * was given, or an error. */
#include "soak_calls.h"
#include <linux/eventpoll.h>
#include <linux/poll.h>

#define BULK        16384		/* four times what the pipe holds */

void shut(struct seat *s, int n)
{
	while (n--)
		EXPECT_0(system_call(__NR_close, s->fds[n]));
}

void shut_two(struct seat *s)
{
	shut(s, 2);
}

static void set_nonblocking(int fd)
{
	EXPECT_0(system_call(__NR_fcntl, fd, F_SETFL, O_NONBLOCK));
}

long read_value(int fd)
{
	unsigned char value;
	long r = system_call(__NR_read, fd, &value, 1);

	return r == 1 ? value : r == 0 ? -EPIPE : r;
}

void write_value(int fd, int value)
{
	unsigned char byte = (unsigned char)value;

	EXPECT(system_call(__NR_write, fd, &byte, 1) == 1, "nothing written");
}

/* ---- Pipes --------------------------------------------------------------- */

static void pipe_open(struct seat *s)
{
	EXPECT_0(system_call(__NR_pipe2, s->fds, O_CLOEXEC));
}

void pipe_feed(struct seat *s)
{
	write_value(s->fds[1], s->value);
}

static long read_call(struct seat *s)
{
	return read_value(s->fds[0]);
}

static void poll_open(struct seat *s)
{
	pipe_open(s);
	set_nonblocking(s->fds[0]);
}

static long poll_call(struct seat *s)
{
	struct pollfd p = { .fd = s->fds[0], .events = POLLIN };
	long r = system_call(__NR_ppoll, &p, 1, 0L, 0L, 8L);

	return r == 1 ? read_value(s->fds[0]) : r;
}

static long select_call(struct seat *s)
{
	unsigned long set[16] = { 0 };
	long r;

	set[s->fds[0] / 64] = 1UL << s->fds[0] % 64;
	r = system_call(__NR_pselect6, s->fds[0] + 1, set, 0L, 0L, 0L, 0L);
	return r == 1 ? read_value(s->fds[0]) : r;
}

/* A copy that shares it may have been quicker. */
static void epoll_open(struct seat *s)
{
	struct epoll_event event = { .events = EPOLLIN };
	long r;

	poll_open(s);
	s->fds[2] = (int)system_call(__NR_epoll_create1, O_CLOEXEC);
	EXPECT(s->fds[2] >= 0, "epoll_create1 gives %d", s->fds[2]);
	r = system_call(__NR_epoll_ctl, s->fds[2], EPOLL_CTL_ADD, s->fds[0],
			&event);
	EXPECT(r == 0 || (r == -EEXIST && !is_fresh(s)), "epoll_ctl gives %ld",
	       r);
}

static long epoll_call(struct seat *s)
{
	struct epoll_event event;
	long r = system_call(__NR_epoll_pwait, s->fds[2], &event, 1, -1L, 0L,
			     8L);

	return r == 1 ? read_value(s->fds[0]) : r;
}

static void epoll_close(struct seat *s)
{
	shut(s, 3);
}

/* ---- A write that does not fit ------------------------------------------- */

static unsigned char bulk_byte(long i)
{
	return (unsigned char)(i ^ i >> 8);
}

static void bulk_open(struct seat *s)
{
	poll_open(s);
	EXPECT(system_call(__NR_fcntl, s->fds[1], F_SETPIPE_SZ, 4096) > 0,
	       "no such pipe");
	s->word = s->child = 0;
}

static long bulk_call(struct seat *s)
{
	static unsigned char bytes[BULK];
	long r;

	for (long i = 0; i < BULK; i++)
		bytes[i] = bulk_byte(i);
	r = system_call(__NR_write, s->fds[1], bytes, BULK);
	s->child = r == BULK;
	if (r == BULK)
		return s->value;
	return r < 0 ? r : -EIO;
}

static void bulk_close(struct seat *s)
{
	if (s->child && is_fresh(s))
		EXPECT(s->word == BULK, "of a write %d bytes have come",
		       s->word);
	shut(s, 2);
}

/* Takes all out, until the write has returned; word is how much. */
static void bulk_feed(struct seat *s)
{
	unsigned char bytes[1000];
	int was_calling;
	long n;

	for (;;) {
		was_calling = load(&s->calling);
		n = system_call(__NR_read, s->fds[0], bytes, sizeof bytes);
		if (!is_fresh(s) || (n < 0 && !was_calling))
			return;
		for (long i = 0; i < n; i++)
			EXPECT(bytes[i] == bulk_byte(s->word + i),
			       "byte %ld of a write is wrong", s->word + i);
		if (n > 0)
			s->word += (int)n;
		else
			system_call(__NR_sched_yield);
	}
}

/* ---- Signals ------------------------------------------------------------- */

static void letter_open(struct seat *s)
{
	s->child = thread_tid(me.thread);
}

/* An image has it that is there; a letter is not, and so is read anew. */
static void letter_close(struct seat *s)
{
	(void)s;
}

/* A copy of the feeder can have sent the same to this process, late: such a
 * letter is of an earlier call. */
static void letter_feed(struct seat *s)
{
	siginfo_t info;
	long r;

	memset(&info, 0, sizeof info);
	info.si_code = SI_QUEUE;
	info.si_value.sival_int = s->value;
	info.si_uid = (unsigned)load(&s->answers);
	r = system_call(__NR_rt_tgsigqueueinfo, process_pid(), s->child,
			SIGNAL_GIVE, &info);
	EXPECT(r == 0 || !is_fresh(s), "rt_tgsigqueueinfo gives %ld", r);
}

static long letter_call(struct seat *s)
{
	unsigned long set = BIT(SIGNAL_GIVE);
	siginfo_t info;
	long r;

	do
		r = system_call(__NR_rt_sigtimedwait, &set, &info, 0L, 8L);
	while (r > 0 && info.si_uid != (unsigned)s->answers);
	return r == SIGNAL_GIVE ? info.si_value.sival_int : r;
}

static long suspend_call(struct seat *s)
{
	unsigned long mask = me.mask & ~BIT(SIGNAL_GIVE);

	(void)s;
	return system_call(__NR_rt_sigsuspend, &mask, 8L);
}

/* ---- A child ------------------------------------------------------------- */

/* It is told what to exit with, or ends when its parent has; or when that is a
 * copy, before it takes what is another's. */
static _Noreturn void be_child(struct seat *s, int parent)
{
	struct pollfd p = { .fd = s->fds[0], .events = POLLIN };
	struct timespec look;

	do {
		if (system_call(__NR_getppid) != parent)
			process_exit(0);
		look = time_of(100 * MILLISECOND);
	} while (system_call(__NR_ppoll, &p, 1, &look, 0L, 8L) != 1);
	process_exit((int)read_value(s->fds[0]));
}

/* In a process group of its own, reap_ended() does not meet it. */
static void child_open(struct seat *s)
{
	int parent;

	pipe_open(s);
	parent = process_pid();
	s->child = fork1();
	EXPECT(s->child >= 0, "fork1 gives %d", s->child);
	if (s->child == 0) {
		know_process(getpid());
		be_child(s, parent);
	}
	system_call(__NR_setpgid, s->child, s->child);
}

static long child_call(struct seat *s)
{
	int status;
	long r = system_call(__NR_wait4, s->child, &status, 0L, 0L);

	if (r < 0)
		return r;
	forget_ended(s->child, &s->made);
	s->child = 0;
	return status & 0x7f ? -EIO : status >> 8;
}

/* It is the original's. */
static void child_close(struct seat *s)
{
	long r = 0;

	if (s->child && !is_copy_since(&s->made)) {
		write_value(s->fds[1], 0);
		do
			r = system_call(__NR_wait4, s->child, 0L, 0L, 0L);
		while (r == -EINTR);
		EXPECT(r == s->child || is_copy_since(&s->made),
		       "wait4 gives %ld, not %d", r, s->child);
		forget_ended(s->child, &s->made);
	}
	shut(s, 2);
}

const struct kind kinds[KINDS] = {
	{ "read", __NR_read, 0, pipe_open, read_call, pipe_feed, shut_two },
	{ "ppoll", __NR_ppoll, 0, poll_open, poll_call, pipe_feed, shut_two },
	{ "pselect", __NR_pselect6, 0, poll_open, select_call, pipe_feed,
	  shut_two },
	{ "epoll_pwait", __NR_epoll_pwait, 1, epoll_open, epoll_call, pipe_feed,
	  epoll_close },
	{ "write", __NR_write, 0, bulk_open, bulk_call, bulk_feed,
	  bulk_close },
	{ "sigtimedwait", __NR_rt_sigtimedwait, 0, letter_open, letter_call,
	  letter_feed, letter_close },
	{ "sigsuspend", __NR_rt_sigsuspend, 0, letter_open, suspend_call,
	  letter_feed, letter_close },
	{ "wait4", __NR_wait4, 0, child_open, child_call, pipe_feed,
	  child_close },
};
