/* A program that has enabled checkpoints, and those that ask it.  A callback counts
 * the images, and says how each has begun. */
#ifndef ASKED_H
#define ASKED_H

#include "../core/request.h"
#include "crew.h"
#include "restart.h"

static struct semaphore asked_done;
static struct callback asked_callback;
static int asked_result, asked_count, asked_flags;

static unsigned long asked_version;	/* of the image before */

static inline const char *asked_path(int pid);

static inline void asked_call(void *unused)
{
	(void)unused;
	asked_version = file_version(asked_path(getpid()));
	asked_result = checkpoint_proceed(asked_flags);
	asked_count++;
	semaphore_post(&asked_done);
}

/* In a restarted process /proc has another name. */
static char asked_name[256];

static inline void asked_learn_name(void)
{
	char path[256];
	const char *base = path;
	long n = system_call(__NR_readlinkat, AT_FDCWD, "/proc/self/exe", path,
			     sizeof path - 1);

	CHECK(n > 0);
	path[n] = 0;
	for (const char *p = path; *p; p++)
		if (*p == '/')
			base = p + 1;
	format(asked_name, sizeof asked_name, "%s", base);
}

static inline void asked_begin(void)
{
	asked_learn_name();
	asked_callback = (struct callback){ asked_call, NULL, NULL };
	CHECK_EQUAL(callback_add(&asked_callback, CALLBACK_PROCESS), 0);
	CHECK_EQUAL(checkpoint_enable(image_directory), 0);
}

/* The name that an image of the program has. */
static inline const char *asked_path(int pid)
{
	static _Thread_local char path[512];

	format(path, sizeof path, "%s/%s.%d.image", image_directory, asked_name,
	       pid);
	return path;
}

/* As kill does it, without a wish for an answer. */
static inline void ask_plainly(int pid)
{
	CHECK_EQUAL(system_call(__NR_kill, pid, SIGCKPT), 0);
}

/* A request has been served: if asked_result is 0, there is another image. */
static inline void await_asked(void)
{
	CHECK_EQUAL(semaphore_wait(&asked_done), 0);
	while (asked_result == 0 &&
	       file_version(asked_path(getpid())) == asked_version)
		system_call(__NR_sched_yield);
}

/* The writer ends a moment after the image is complete. */
static inline void await_childless(void)
{
	long r;

	while ((r = system_call(__NR_wait4, -1, NULL, WNOHANG | __WALL, NULL))
	       >= 0)
		system_call(__NR_sched_yield);
	CHECK_EQUAL(r, -ECHILD);
}

/* The image has been taken, with this result. */
static inline void await_taken(int result)
{
	await_asked();
	CHECK_EQUAL(asked_result, result);
}

/* A plain request gives an image in the right place, which can be restarted. */
static inline void check_asked(void)
{
	ask_plainly(getpid());
	await_asked();
	if (asked_result == 1)
		process_exit(0);
	CHECK_EQUAL(asked_result, 0);
	check_restart(asked_path(getpid()));
	remove_file(asked_path(getpid()));
}

#endif
