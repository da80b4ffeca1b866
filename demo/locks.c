/* locks: why fork() and threads do not mix, and forkall() and threads do.
 * A thread holds a lock while the process is duplicated.  After fork1() this
 * owner does not exist in the copy: nobody will ever let the lock go.  After
 * forkall() it does, and lets it go when asked. */
#include "forkall.h"

static struct mutex lock;
static struct semaphore held, ask;	/* "I have it"; "let it go" */

static void *owner(void *unused)
{
	mutex_lock(&lock);
	semaphore_post(&held);
	semaphore_wait(&ask);
	mutex_unlock(&lock);
	return unused;
}

/* Asks for the lock, but not for ever.  0: got it; 1: it does not come. */
static int try(const char *where)
{
	long end = clock_now() + 1000000000;
	struct timespec deadline = { end / 1000000000, end % 1000000000 };
	int error;

	semaphore_post(&ask);
	error = mutex_lock_until(&lock, &deadline);
	if (error == 0)
		print("%s: the owner let the lock go\n", where);
	else if (error == -ETIMEDOUT)
		print("%s: hangs: nobody is there to let the lock go\n", where);
	else
		print("%s: error %d\n", where, -error);
	return error == -ETIMEDOUT ? 1 : error ? 2 : 0;
}

/* The exit status of a copy made by duplicate(), which tries the lock. */
static int copy_tries(int (*duplicate)(void), const char *where)
{
	int pid = duplicate(), status = 0;

	if (pid == 0)
		process_exit(try(where));
	if (pid < 0) {
		print("%s: not made, error %d\n", where, -pid);
		return -1;
	}
	system_call(__NR_wait4, pid, &status, 0, 0L);
	return status >> 8;
}

int main(int argc, char **argv)
{
	struct thread *thread;
	int by_fork1, by_forkall, here;

	if (argc > 1) {
		eprint("locks: %s: no argument is expected\n", argv[1]);
		return 2;
	}
	if (thread_create(&thread, NULL, owner, NULL))
		return 1;
	semaphore_wait(&held);
	by_fork1 = copy_tries(fork1, "in the copy by fork1()");
	by_forkall = copy_tries(forkall, "in the copy by forkall()");
	here = try("in the original");
	thread_join(thread, NULL);
	return !(by_fork1 == 1 && by_forkall == 0 && here == 0);
}
