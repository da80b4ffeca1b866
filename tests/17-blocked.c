/* Case 17: threads that block everything through the library are stopped all
 * the same: by signal_mask(), by the mask of a handler that they are in, and by
 * what they inherited from whoever executed the program. */
#include "signals.h"

#define MOST 64

static int pipes[MOST][2];
static struct semaphore ready;

static void wait_inside(int signal)
{
	long number = thread_id(thread_self()) % MOST;

	CHECK_EQUAL(signal, SIGUSR1);
	CHECK_EQUAL(get_mask(), BLOCKABLE);
	CHECK_EQUAL(semaphore_post(&ready), 0);
	hear(pipes[number]);
}

static void *in_handler(void *argument)
{
	set_mask(0);
	send(getpid(), gettid(), SIGUSR1);
	return argument;
}

static void *behind_mask(void *argument)
{
	set_mask(EVERYTHING);
	CHECK_EQUAL(semaphore_post(&ready), 0);
	hear(pipes[thread_id(thread_self()) % MOST]);
	return argument;
}

/* The main thread is to be stopped, too. */
static void *caller(void *argument)
{
	*(int *)argument = forkall();
	return argument;
}

static void test(int n)
{
	struct thread *threads[MOST];
	int pid = -1;

	for (int i = 0; i < n; i++)
		threads[i] = spawn(i % 2 ? in_handler : behind_mask, NULL);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(semaphore_wait(&ready), 0);
	CHECK_EQUAL(thread_join(spawn(caller, &pid), NULL), 0);
	CHECK(pid >= 0);
	for (int i = 0; i < n; i++)
		tell(pipes[thread_id(threads[i]) % MOST]);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

static void execute_deaf(char **envp)
{
	char *argv[] = { "17-blocked", "deaf", NULL };
	unsigned long all = EVERYTHING;
	int pid = fork1();

	CHECK(pid >= 0);
	if (pid == 0) {
		system_call(__NR_rt_sigprocmask, SIG_SETMASK, &all, NULL,
			    sizeof all);
		system_call(__NR_execve, "/proc/self/exe", argv, envp);
		process_exit(FAILED);
	}
	reap(pid);
}

int main(int argc, char **argv, char **envp)
{
	(void)argv;
	stop_timeout(2000);
	if (argc == 1)
		execute_deaf(envp);
	else
		CHECK_EQUAL(get_mask(), BLOCKABLE);
	for (int i = 0; i < MOST; i++)
		open_pipe(pipes[i]);
	handle_masked(SIGUSR1, wait_inside, 0, EVERYTHING);
	for_each_count(n)
		test(n);
	return 0;
}
