/* checkpoint(): asks callbacks and critical sections, then makes a copy of the
 * stopped process, as forkall() does, which writes the image while this process
 * runs on.  In a process restarted from it, the same copy's threads come to life. */
#include "writer.h"
#include <linux/poll.h>

/* One request at a time.  A callback that asks for another, or a handler that has
 * interrupted one, is told so. */
static struct mutex requests = { .type = MUTEX_ERRORCHECK };
static const char *requested_path;
static int requested_pid;		/* of the process whose image it is to be */

/* How the image is made.  The channel, on which the writer's answer comes, is set
 * and closed under the list lock, so that a fork1() knows what it inherits. */
static struct duplication making = { .channel = -1 };
static int writer_pid;

/* In a restarted process it is restart: but there it is known.  "thread": a main
 * thread that has ended has none. */
const char *program_path(void)
{
	static char path[PATH_ROOM];

	if (!path[0] && sys(readlinkat, AT_FDCWD, "/proc/thread-self/exe",
			    path, sizeof path - 1) < 0)
		return "";
	return path;
}

/* The writer's answer.  Others may copy this process meanwhile (forkall), and this
 * thread, which waits, with it; its copy must not take the answer.  So it is
 * looked who waits, and read, while no stop can come in between. */
static int await_image(const char *path)
{
	struct thread *self = thread_self();
	struct pollfd answer = { .fd = making.channel, .events = POLLIN };
	char name[PATH_ROOM];
	unsigned long mask;
	int is_copy, r;

	while (restartable_call(__NR_ppoll, (long)&answer, 1, 0, 0, 0, 0) < 0)
		;
	mask = list_lock();
	is_copy = self->tid != making.tid;
	r = is_copy ? -ECANCELED : await_report(making.channel);
	sys(close, making.channel);
	making.channel = -1;
	list_unlock(mask);
	if (is_copy)
		return r;
	while (sys(wait4, writer_pid, NULL, __WALL) == -EINTR)
		;
	if (r < 0) {				/* it may not have tidied up */
		image_temporary_name(name, path, writer_pid);
		sys(unlinkat, AT_FDCWD, name, 0);
	}
	return r;
}

/* A copy made while callbacks ran must not give its own state as the original's. */
static int note_original(void *writer)
{
	struct writer *w = writer;

	w->pid = (int)sys(getpid);
	w->parent = (int)sys(getppid);
	return w->pid == requested_pid ? files_note_open(w) : -ECANCELED;
}

/* What the callbacks go around: when it returns, the process runs again, and an
 * image is being written.  That takes its time, which callbacks and critical
 * sections need not wait for. */
static int take_image(void)
{
	struct writer *w = writer_new();
	int r;

	if (!w)
		return -ENOMEM;
	w->path = requested_path;
	making = (struct duplication){
		.stop = STOP_CHECKPOINT, .prepare = note_original,
		.first_task = image_write, .argument = w, .background = 1,
		.channel = -1,
	};
	r = duplicate(&making);
	if (r == 0)
		return 1;		/* restarted: there is no writer */
	writer_free(w);
	writer_pid = r;
	return r < 0 ? r : 0;
}

int checkpoint_of(int pid, const char *path)
{
	int r;

	if (!path)
		return -EINVAL;
	if (strlen(path) + 32 > PATH_ROOM)
		return -ENAMETOOLONG;
	if (thread_self()->in_callback)
		return -EDEADLK;
	r = mutex_lock(&requests);
	if (r < 0)
		return r;
	requested_pid = pid ? pid : (int)sys(getpid);
	r = critical_close(load(&stop_timeout_ms));
	if (r == 0) {
		requested_path = path;
		r = callbacks_run(take_image);
		critical_open();
	}
	if (r == 0)
		r = await_image(path);
	mutex_unlock(&requests);
	return r;
}

int checkpoint(const char *path)
{
	return checkpoint_of(0, path);
}

void checkpoint_alone(struct thread *self)
{
	if (requests.owner == self)
		return;
	mutex_init(&requests, MUTEX_ERRORCHECK);
	if (making.channel >= 0)
		sys(close, making.channel);
	making.channel = -1;
}
