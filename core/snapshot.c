/* Snapshots: copies of the process that sleep in memory.
 *
 * A snapshot is a fork of the stopped process whose only task has not made the
 * threads yet: it sleeps in sigtimedwait with all signals blocked.  Asked by
 * SIGRESTART it forks a sibling of itself, and that one makes them.  The
 * requester's tid comes with the signal, and the answer goes back to that tid
 * in the same way: no descriptor, no shared memory, and any number of
 * requests wait in the kernel's queue. */
#include "thread.h"
#include <linux/poll.h>

#define DORMANT_NAME "snapshot"
#define SLICE_MS 100			/* between looks whether it lives */
#define SENDS 5000			/* a millisecond apart */

/* What travels as a signal's value.  A request: the requester's tid and a
 * number.  An answer: the new process's pid, that number, and 0 or why the new
 * process could not be completed. */
union letter {
	struct {
		unsigned number : 20, error : 12;
		unsigned id;
	};
	sigval_t value;
};

/* To a thread, or to the process behind a pidfd.  The user's signal queue can be
 * full for a moment. */
static int send_letter(union letter letter, int from, int pid, int tid,
		       int pidfd)
{
	const struct timespec nap = { 0, 1000000 };
	siginfo_t info;
	long r;

	memset(&info, 0, sizeof info);
	info.si_signo = SIGRESTART;
	info.si_code = SI_QUEUE;
	info.si_pid = from;
	info.si_value = letter.value;
	for (int tries = 0; tries < SENDS; tries++) {
		r = tid ? sys(rt_tgsigqueueinfo, pid, tid, SIGRESTART, &info)
			: sys(pidfd_send_signal, pidfd, SIGRESTART, &info);
		if (r != -EAGAIN)
			break;
		sys(nanosleep, &nap);
	}
	return (int)r;
}

/* ---- The dormant copy ------------------------------------------------------ */

static siginfo_t asked;			/* the request being served */
static int own_pid;

/* To the requester, as from the snapshot.  A plain kill wants no answer. */
static int send_answer(int pid, int error)
{
	union letter answer = { .value = asked.si_value };
	int tid = (int)answer.id;

	if (asked.si_code != SI_QUEUE)
		return 0;
	answer.error = (unsigned)-error & 0xfff;
	answer.id = (unsigned)pid;
	return send_letter(answer, own_pid, asked.si_pid, tid, 0);
}

/* In the new process, by its last thread, before any goes on: so there is none
 * of which the requester has not been told, even if the snapshot dies now.  A
 * requester that is dead itself has wanted it all the same. */
static int answer_complete(void)
{
	int r = send_answer((int)sys(getpid), 0);

	return r == -ESRCH ? 0 : r;
}

/* Forks a sibling that respawns the threads, and waits until it has. */
static int wake_copy(int *pid)
{
	int r = (int)sys(pipe2, respawn_channel, O_CLOEXEC);
	long child;

	if (r < 0)
		return r;
	/* The kernel takes the exit signal from the caller, but by the one named here
	 * it tells a debugger of a process or of a thread. */
	child = sys(clone, CLONE_PARENT | SIGCHLD);
	if (child == 0) {
		respawn_complete = answer_complete;
		respawn_threads();
	}
	sys(close, respawn_channel[1]);
	*pid = child > 0 ? (int)child : 0;
	r = child < 0 ? (int)child : await_report(respawn_channel[0]);
	if (child > 0 && r < 0 && r != -ECANCELED)	/* it is not heard */
		sys(kill, child, SIGKILL);
	sys(close, respawn_channel[0]);
	return r;
}

static void serve(void)
{
	int pid = 0, r = wake_copy(&pid);

	if (r < 0)
		send_answer(pid, r);
}

static _Noreturn void dormant(void *for_debugger)
{
	unsigned long set = SIGNAL_BIT(SIGRESTART);

	own_pid = (int)sys(getpid);
	respawn_check();
	if (for_debugger)			/* its child, so ends with it */
		sys(prctl, PR_SET_PDEATHSIG, SIGKILL);
	/* Nobody would find a snapshot of another name. */
	if (sys(prctl, PR_SET_NAME, DORMANT_NAME) < 0 || respawn_report(0) < 0)
		exit_group(1);
	for (;;)
		if (sys(rt_sigtimedwait, &set, &asked, NULL, sizeof set) > 0)
			serve();
}

int snapshot_for(int debugger)
{
	return duplicate(&(struct duplication){
		.stop = STOP_DUPLICATE, .first_task = dormant,
		.argument = (void *)(long)debugger,
		.exit_signal = SIGCHLD | (debugger ? CLONE_PARENT : 0),
	});
}

int snapshot(void)
{
	return snapshot_for(0);
}

/* ---- Who asks ---------------------------------------------------------------- */

/* The hexadecimal number, or the rest, behind a word in /proc/PID/status. */
const char *proc_status_field(const char *status, const char *word)
{
	size_t n = strlen(word);

	for (; *status; status++)
		if (memcmp(status, word, n) == 0)
			return status + n;
	return "";
}

unsigned long proc_parse(const char **s, unsigned base)
{
	unsigned long n = 0;
	unsigned digit;

	for (;; ++*s) {
		if (**s >= '0' && **s <= '9')
			digit = (unsigned)(**s - '0');
		else if (base == 16 && **s >= 'a' && **s <= 'f')
			digit = (unsigned)(**s - 'a' + 10);
		else
			return n;
		n = n * base + digit;
	}
}

/* SIGRESTART would end a stranger.  A snapshot is known by its name and by being
 * deaf; a stranger just like that ignores SIGRESTART and is not harmed.  (The one
 * signal it sleeps for, /proc shows as open; and SIGTRAP the kernel opens, if a
 * debugger has set a breakpoint there.)  0, or -ESRCH; -EMFILE, -ENFILE. */
static int check_snapshot(int pid)
{
	const unsigned long open = SIGNAL_BIT(SIGRESTART) |
		SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTRAP);
	char path[32], status[4096 + 32] = { 0 };
	long fd, n;

	format(path, sizeof path, "/proc/%d/status", pid);
	fd = sys(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fd == -EMFILE || fd == -ENFILE ? (int)fd : -ESRCH;
	n = sys(read, (int)fd, status, 4096);
	sys(close, (int)fd);
	if (n > 0 && memcmp(status, "Name:\t" DORMANT_NAME "\n", 15) == 0 &&
	    memcmp(proc_status_field(status, "Threads:\t"), "1\n", 2) == 0 &&
	    (proc_hex(proc_status_field(status, "SigBlk:\t")) | open) ==
	     ALL_SIGNALS &&
	    (proc_hex(proc_status_field(status, "SigIgn:\t")) &
	     SIGNAL_BIT(SIGRESTART)))
		return 0;
	return -ESRCH;
}

/* A descriptor for a snapshot, so that its pid cannot become another's. */
static int open_snapshot(int pid)
{
	int fd, r;

	if (pid <= 0)
		return -ESRCH;
	fd = (int)sys(pidfd_open, pid);
	if (fd == -EINVAL || fd == -ENOENT)	/* a thread's id: Linux 6.15 */
		return -ESRCH;
	r = fd < 0 ? fd : check_snapshot(pid);
	if (fd >= 0 && r < 0)
		sys(close, fd);
	return r < 0 ? r : fd;
}

/* Waits for the answer to request number, and looks from time to time whether
 * it can still come. */
static int await_answer(int fd, int pid, union letter request,
			union letter *answer)
{
	const struct timespec slice = { 0, SLICE_MS * 1000000 };
	struct pollfd dead = { .fd = fd, .events = POLLIN };
	int limit = load(&stop_timeout_ms), left = limit, was_dead = 0;
	siginfo_t info;
	long r;

	for (;;) {
		r = restartable_call(__NR_rt_sigtimedwait,
			(long)&(unsigned long){ SIGNAL_BIT(SIGRESTART) },
			(long)&info, (long)&slice, sizeof(unsigned long), 0, 0);
		answer->value = info.si_value;
		if (r == SIGRESTART && info.si_code == SI_QUEUE &&
		    info.si_pid == pid && answer->number == request.number)
			return 0;
		if (r != -EAGAIN)
			continue;
		if (thread_self()->tid != (int)request.id)
			return -ECANCELED;	/* a copy: it did not ask */
		if (was_dead)
			return -ESRCH;		/* and had not answered before */
		was_dead = sys(ppoll, &dead, 1, &(struct timespec){ 0 }) > 0;
		left -= SLICE_MS;
		if (limit && left <= 0)
			return -ETIMEDOUT;
	}
}

static int request(int fd, int pid)
{
	static int last_number;
	union letter letter = {
		.number = (unsigned)add(&last_number, 1) & 0xfffff,
		.id = (unsigned)thread_self()->tid,
	}, answer = { .id = 0 };
	int r = send_letter(letter, (int)sys(getpid), 0, 0, fd);

	if (r == 0)
		r = await_answer(fd, pid, letter, &answer);
	if (r < 0)
		return r;
	if (!answer.error)
		return (int)answer.id;
	/* What could not be completed is gone; if it was the caller's child,
	 * nothing is left of it. */
	while (answer.id && sys(wait4, (int)answer.id, NULL, __WALL) == -EINTR)
		;
	return -(int)answer.error;
}

int snapshot_resume(int pid)
{
	unsigned long mask;
	int fd = open_snapshot(pid), r;

	if (fd < 0)
		return fd;
	/* Blocked, a signal waits even though it is ignored. */
	mask = set_mask(SIG_BLOCK, SIGNAL_BIT(SIGRESTART));
	r = request(fd, pid);
	set_mask(SIG_SETMASK, mask);
	sys(close, fd);
	return r;
}

int snapshot_discard(int pid)
{
	int fd = open_snapshot(pid), r;
	struct pollfd dead = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return fd;
	r = (int)sys(pidfd_send_signal, fd, SIGKILL);
	if (r == 0) {
		while (restartable_call(__NR_ppoll, (long)&dead, 1, 0, 0, 0, 0)
		       == -EINTR)
			;
		while (sys(wait4, pid, NULL, __WALL) == -EINTR)
			;
	}
	sys(close, fd);
	return r;
}
