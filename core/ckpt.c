/* ckpt: asks a running program for an image of itself, and waits for it.
 *
 * The program must have called checkpoint_enable(): SIGCKPT would end any other.
 * It is held by a pidfd, so that no stranger with the same pid is hit. */
#include "request.h"
#include <linux/poll.h>

#define SECOND      1000000000L
#define SECONDS_MAX 1000000000L
#define FAILED      1
#define WRONG_USAGE 2

#define SCM_CREDENTIALS 2		/* in no UAPI header */

static const char help[] =
	"usage: ckpt [OPTION]... PID\n"
	"Has a program that has enabled checkpoints write an image of itself, "
	"and prints\nthe image's path.\n\n"
	"  --every SECONDS    again and again, until the program ends\n"
	"  --kill             end the program (SIGKILL) when it is complete\n"
	"  --timeout SECONDS  how long to wait for it (60); 0: for ever\n"
	"  --help             show this and exit\n\n"
	"Exit status: 1 if there is no image, 2 for wrong usage.\n";

static struct {
	int pid;
	long every, timeout;			/* seconds; 0: no, for ever */
	int kill;
} options = { .timeout = 60 };

/* ---- The command line --------------------------------------------------- */

static _Noreturn void refuse(const char *object, const char *why)
{
	eprint("ckpt: %s: %s\n", object, why);
	process_exit(WRONG_USAGE);
}

/* A number and nothing else, from 0 to max; or -1. */
static long parse_number(const char *s, long max)
{
	long n = 0;

	for (const char *p = s; *p; p++) {
		if (*p < '0' || *p > '9')
			return -1;
		n = n * 10 + (*p - '0');
		if (n > max)
			return -1;
	}
	return *s ? n : -1;
}

static long parse_seconds(const char *option, const char *argument, long min)
{
	long n = argument ? parse_number(argument, SECONDS_MAX) : 0;

	if (!argument)
		refuse(option, "needs a number of seconds");
	if (n < min)
		refuse(argument, "not a number of seconds");
	return n;
}

static void must_print(long r);

static void parse(char **argv)
{
	for (argv++; *argv; argv++) {
		if (!strcmp(*argv, "--help")) {
			must_print(print("%s", help));
			process_exit(0);
		} else if (!strcmp(*argv, "--kill")) {
			options.kill = 1;
		} else if (!strcmp(*argv, "--every")) {
			options.every = parse_seconds("--every", argv[1], 1);
			argv++;
		} else if (!strcmp(*argv, "--timeout")) {
			options.timeout = parse_seconds("--timeout", argv[1], 0);
			argv++;
		} else if (**argv == '-') {
			refuse(*argv, "no such option; see --help");
		} else if (options.pid) {
			refuse(*argv, "one PID is enough");
		} else {
			options.pid = (int)parse_number(*argv, INT_MAX);
			if (options.pid <= 0)
				refuse(*argv, "not a process id");
		}
	}
	if (!options.pid)
		refuse("PID", "is missing; see --help");
	if (options.kill && options.every)
		refuse("--kill", "not together with --every");
}

/* ---- Errors ------------------------------------------------------------- */

/* One line about the program.  Returns FAILED. */
static int complain(const char *why)
{
	eprint("ckpt: %d: %s\n", options.pid, why);
	return FAILED;
}

static _Noreturn void die(const char *why)
{
	process_exit(complain(why));
}

static void must_print(long r)
{
	if (r >= 0)
		return;
	eprint("ckpt: standard output: %s\n", error_text(r));
	process_exit(FAILED);
}

/* ---- The program -------------------------------------------------------- */

/* Whether the process has ended within so many nanoseconds. */
static int has_ended(int pidfd, long wait)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	struct timespec time = { wait / SECOND, wait % SECOND };

	return system_call(__NR_ppoll, &p, 1, &time, 0L, 0L) > 0;
}

static int open_program(void)
{
	int fd = (int)sys(pidfd_open, options.pid), r;

	if (fd == -EINVAL || fd == -ENOENT)	/* a thread's id: Linux 6.15 */
		fd = -ESRCH;
	r = fd < 0 ? fd : (int)sys(pidfd_send_signal, fd, 0);
	if (r == 0 && has_ended(fd, 0))
		r = -ESRCH;			/* a zombie */
	if (r < 0)
		die(error_text(r));
	if (!request_is_enabled(options.pid))
		die("has not enabled checkpoints");
	return fd;
}

/* ---- A request ---------------------------------------------------------- */

static int open_socket(int number)
{
	struct sockaddr_un address;
	int size = request_address(&address, (int)sys(getpid), number), one = 1;
	int fd = (int)sys(socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return fd;
	/* The sender's pid comes with each datagram. */
	r = (int)sys(setsockopt, fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof one);
	if (r == 0)
		r = (int)sys(bind, fd, &address, size);
	if (r < 0)
		sys(close, fd);
	return r < 0 ? r : fd;
}

static int send_request(int pidfd, int number)
{
	siginfo_t info;

	memset(&info, 0, sizeof info);
	info.si_signo = SIGCKPT;
	info.si_code = SI_QUEUE;
	info.si_pid = (int)sys(getpid);
	info.si_uid = (unsigned)sys(getuid);
	info.si_value.sival_int = number;
	return (int)sys(pidfd_send_signal, pidfd, SIGCKPT, &info);
}

/* Takes a datagram, if there is one.  1: it is the program's answer. */
static int take_answer(int fd, struct answer *answer)
{
	struct { long length; int level, type, pid, uid, gid; } control = { 0 };
	struct { void *base; size_t size; } part = { answer, sizeof *answer };
	struct {				/* in no UAPI header */
		void *name;
		int name_size;
		void *parts;
		size_t count;
		void *control;
		size_t control_size;
		unsigned flags;
	} message = { .parts = &part, .count = 1, .control = &control,
		      .control_size = sizeof control };
	long n = sys(recvmsg, fd, &message, MSG_DONTWAIT);

	answer->path[sizeof answer->path - 1] = 0;
	return n > (long)offsetof(struct answer, path) &&
	       message.control_size == sizeof control &&
	       control.level == SOL_SOCKET && control.type == SCM_CREDENTIALS &&
	       control.pid == options.pid;
}

/* 0; -ESRCH: the program has ended; -ETIMEDOUT. */
static int await_answer(int pidfd, int fd, struct answer *answer)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
			       { .fd = pidfd, .events = POLLIN } };
	long end = clock_now() + options.timeout * SECOND, left = 0;
	struct timespec time;

	do {
		if (options.timeout)
			left = end - clock_now();
		if (left < 0)
			return -ETIMEDOUT;
		time = (struct timespec){ left / SECOND, left % SECOND };
		system_call(__NR_ppoll, p, 2L, options.timeout ? &time : NULL,
			    0L, 0L);
		/* It may have answered before it ended. */
		if (take_answer(fd, answer))
			return 0;
	} while (!has_ended(pidfd, 0));
	return -ESRCH;
}

static int report_refusal(int error)
{
	char text[64];

	if (error == -ENODATA)
		return complain("omitted by a callback");
	if (error == -EAGAIN)
		return complain("refused by a callback, for now");
	format(text, sizeof text, "refused by a callback for good (error %d)",
	       -error);
	return complain(text);
}

/* checkpoint()'s errors that mean more here than elsewhere. */
static const char *answer_text(int error)
{
	switch (error) {
	case -EAGAIN:
		return "a limit is reached, for now";
	case -EBUSY:
		return "too many requests at the same time";
	case -ETIMEDOUT:
		return "a thread did not stop in time";
	case -EOPNOTSUPP:
		return "has something that cannot be copied";
	case -ECANCELED:
		return "the image could not be completed";
	}
	return error_text(error);
}

/* Says why there is no image; returns FAILED. */
static int report_failure(int r, const struct answer *answer)
{
	char text[64];

	if (r == -ESRCH)
		return complain("ended before it answered");
	if (r == -ETIMEDOUT) {
		format(text, sizeof text, "no answer within %ld s",
		       options.timeout);
		return complain(text);
	}
	if (r == 0 && answer->refused)
		return report_refusal(answer->result);
	return complain(answer_text(r < 0 ? r : answer->result));
}

/* Whether there may be an image next time. */
static int is_temporary(int r, const struct answer *answer)
{
	if (r == 0)
		r = answer->result;
	return r == -EAGAIN || r == -EBUSY || r == -ETIMEDOUT || r == -ENODATA;
}

/* One image.  0; FAILED: there is none, and *again tells whether to try again. */
static int request(int pidfd, int *again)
{
	static int number;
	struct answer answer = { 0 };
	int fd = open_socket(++number), r = fd;

	if (fd >= 0) {
		r = send_request(pidfd, number);
		if (r == 0)
			r = await_answer(pidfd, fd, &answer);
		sys(close, fd);
	}
	*again = is_temporary(r, &answer);
	if (r < 0 || answer.result < 0)
		return report_failure(r, &answer);
	must_print(print("%s\n", answer.path));
	return 0;
}

/* ---- What to do --------------------------------------------------------- */

static int kill_program(int pidfd)
{
	int r = (int)sys(pidfd_send_signal, pidfd, SIGKILL);

	if (r < 0 && r != -ESRCH)
		return complain(error_text(r));
	while (!has_ended(pidfd, SECOND))
		;
	return 0;
}

/* On a fixed schedule.  A time that has passed during a request is left out. */
static int repeat(int pidfd)
{
	long next = clock_now(), now, step = options.every * SECOND;
	int images = 0, again;

	do {
		if (images && has_ended(pidfd, 0))
			break;
		if (request(pidfd, &again) == 0)
			images++;
		else if (!again)
			return images && has_ended(pidfd, 0) ? 0 : FAILED;
		now = clock_now();
		next += ((now - next) / step + 1) * step;
	} while (!has_ended(pidfd, next - now));
	return images ? 0 : FAILED;
}

int main(int argc, char **argv)
{
	int pidfd, again, r;

	(void)argc;
	parse(argv);
	r = (int)sys(fcntl, 1, F_GETFD);
	if (r < 0)
		must_print(r);		/* before another file gets its number */
	pidfd = open_program();
	if (options.every)
		return repeat(pidfd);
	r = request(pidfd, &again);
	return r == 0 && options.kill ? kill_program(pidfd) : r;
}
