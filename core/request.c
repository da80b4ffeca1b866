/* Requests for an image from outside: SIGCKPT, and the thread that serves it.
 *
 * Taking an image is nothing for a signal handler, so that only puts the request
 * into a slot.  A thread of the library's takes one after the other, and answers
 * each.  Slots and thread go along into copies and images; a request has the pid
 * of the process it was meant for, and others throw it away. */
#include "request.h"
#include "checkpoint.h"

#define SLOTS 16
#define NAME_SIZE 256			/* of a file */
#define IMAGE "%s/%s.%d.image"	/* directory, program, pid */

enum { SLOT_FREE, SLOT_BUSY, SLOT_READY };

struct request {
	unsigned ticket;		/* the order in which they came */
	int pid;			/* whom it is meant for */
	int asker, number;		/* where the answer goes; 0: nowhere */
};

static struct {
	int state;
	struct request request;
} slots[SLOTS];

static int arrivals;			/* futex: changes with each request */
static int has_begun;			/* futex: the thread runs, with its name */

/* Under the lock. */
static struct mutex lock;
static char directory[sizeof ((struct answer *)0)->path - NAME_SIZE - 32];

/* ---- The signal --------------------------------------------------------- */

/* Under the list lock, so that no copy answers for the original, and none and no
 * image has the socket, which is open for a moment only. */
static void send_answer(const struct request *r, const struct answer *answer)
{
	struct sockaddr_un to;
	unsigned long mask;
	int size = request_address(&to, r->asker, r->number), fd;

	if (!r->asker)
		return;
	mask = list_lock();
	fd = r->pid != (int)sys(getpid) ? -1 :
	     (int)sys(socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		sys(sendto, fd, answer, offsetof(struct answer, path) +
		    strlen(answer->path) + 1, MSG_DONTWAIT, &to, size);
		sys(close, fd);
	}
	list_unlock(mask);
}

/* A plain kill asks, too, but wants no answer. */
static void requested(int signal, siginfo_t *info, struct ucontext *frame)
{
	static const struct answer busy = { .result = -EBUSY };
	static unsigned tickets;
	struct request r = { .ticket = add(&tickets, 1),
			     .pid = (int)sys(getpid) };

	(void)signal, (void)frame;
	if (info->si_code == SI_QUEUE) {
		r.asker = info->si_pid;
		r.number = info->si_value.sival_int;
	}
	for (int i = 0; i < SLOTS; i++) {
		if (!cas(&slots[i].state, SLOT_FREE, SLOT_BUSY))
			continue;
		slots[i].request = r;
		store(&slots[i].state, SLOT_READY);
		add(&arrivals, 1);
		futex_wake(&arrivals, 1);
		return;
	}
	send_answer(&r, &busy);
}

/* ---- The thread --------------------------------------------------------- */

/* Takes the oldest request out; 0 if there is none. */
static int take_request(struct request *taken)
{
	int oldest = -1;

	for (int i = 0; i < SLOTS; i++)
		if (load(&slots[i].state) == SLOT_READY && (oldest < 0 ||
		    (int)(slots[i].request.ticket -
			  slots[oldest].request.ticket) < 0))
			oldest = i;
	if (oldest < 0)
		return 0;
	*taken = slots[oldest].request;
	store(&slots[oldest].state, SLOT_FREE);
	return 1;
}

/* What the program is called: the file it was started from. */
static const char *program_name(void)
{
	const char *path = program_path(), *base = path;

	while (*path)
		if (*path++ == '/')
			base = path;
	return *base ? base : "program";
}

static void serve(const struct request *r)
{
	struct request theirs;
	struct answer answer;

	if (r->pid != (int)sys(getpid))
		return;				/* this is a copy */
	mutex_lock(&lock);
	format(answer.path, sizeof answer.path, IMAGE,
	       strcmp(directory, "/") ? directory : "", program_name(), r->pid);
	mutex_unlock(&lock);
	answer.result = checkpoint_of(r->pid, answer.path);
	answer.refused = callbacks_refused();
	if (answer.result != 1) {
		send_answer(r, &answer);
	} else if (r->pid == (int)sys(getpid)) {
		/* Restarted, and by chance with the same pid: those that wait
		 * are the original's all the same. */
		while (take_request(&theirs))
			;
	}
}

static void *wait_for_requests(void *unused)
{
	struct request request;
	int seen;

	store(&has_begun, 1);
	futex_wake(&has_begun, 1);
	for (;;) {
		seen = load(&arrivals);
		if (take_request(&request))
			serve(&request);
		else
			futex_wait(&arrivals, seen);
	}
	return unused;
}

/* ---- Switching it on ---------------------------------------------------- */

/* Puts the working directory before a relative path. */
static int make_absolute(char *absolute, size_t size, const char *path)
{
	long n = 0;

	if (!strcmp(path, "."))
		path = "";
	else if (!path[0])
		return -ENOENT;
	if (path[0] != '/') {
		n = sys(getcwd, absolute, size);
		if (n < 0)
			return n == -ERANGE ? -ENAMETOOLONG : (int)n;
		absolute[n - 1] = '/';		/* getcwd counts the final 0 */
	}
	if ((size_t)n + strlen(path) >= size)
		return -ENAMETOOLONG;
	memcpy(absolute + n, path, strlen(path) + 1);
	for (n += (long)strlen(path) - 1; n > 0 && absolute[n] == '/'; n--)
		absolute[n] = 0;
	return 0;
}

static int check_directory(const char *path)
{
	int fd = (int)sys(openat, AT_FDCWD, path,
			  O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fd;
	sys(close, fd);
	return (int)sys(faccessat, AT_FDCWD, path, 3);	/* write, search */
}

/* The thread exists once, but not in a copy that fork1() has made.  It is waited
 * for, since ckpt knows by its name that the program has enabled checkpoints. */
static int start_thread(void)
{
	struct thread_attr attr = { .detached = 1, .name = REQUEST_THREAD };
	unsigned long mask;
	int r;

	if (load(&library_threads))
		return 0;
	mask = set_mask(SIG_BLOCK, PROGRAM_SIGNALS);
	store(&has_begun, 0);
	r = thread_create(NULL, &attr, wait_for_requests, NULL);
	if (r == 0)
		store(&library_threads, 1);
	while (r == 0 && !load(&has_begun))
		futex_wait(&has_begun, 0);
	set_mask(SIG_SETMASK, mask);
	return r;
}

static int enable(const char *path)
{
	struct signal_action action = { (void (*)(int))(void *)requested,
					SA_SIGINFO | SA_RESTART, 0 };
	char absolute[sizeof directory];
	int r = make_absolute(absolute, sizeof absolute, path);

	if (r == 0)
		r = check_directory(absolute);
	if (r == 0)
		r = start_thread();
	if (r < 0)
		return r;
	memcpy(directory, absolute, sizeof directory);
	return signal_action(SIGCKPT, &action, NULL);
}

int checkpoint_enable(const char *path)
{
	struct signal_action none = { (void (*)(int))SIG_DFL, 0, 0 };
	int r;

	if (thread_self()->in_callback)
		return -EDEADLK;
	if (!path)
		return signal_action(SIGCKPT, &none, NULL);
	mutex_lock(&lock);
	r = enable(path);
	mutex_unlock(&lock);
	return r;
}
