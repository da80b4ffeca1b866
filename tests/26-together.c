/* Case 26: handlers of several threads call forkall() at the same time, and go
 * on in each other's copies: k callers make 2^k processes, each of which has all
 * threads and ends by itself. */
#include "proc.h"
#include "signals.h"

#define MOST 4

static int *processes;
static struct semaphore done;
static struct barrier start;

static void handler(int signal)
{
	int pid = forkall();

	CHECK_EQUAL(signal, SIGUSR1);
	CHECK(pid >= 0);
	CHECK_EQUAL(semaphore_post(&done), 0);
}

static void *thread(void *argument)
{
	barrier_wait(&start);
	send(getpid(), gettid(), SIGUSR1);
	CHECK_EQUAL(thread_tid(thread_self()), gettid());
	return argument;
}

static void test(int n)
{
	struct thread *threads[MOST];
	int original = getpid();

	*processes = 0;
	CHECK_EQUAL(barrier_init(&start, n), 0);
	for (int i = 0; i < n; i++)
		threads[i] = spawn(thread, NULL);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(semaphore_wait(&done), 0);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	add(processes, 1);		/* from here on, nobody forks */
	reap_all();
	if (getpid() != original)
		process_exit(0);
	CHECK_EQUAL(*processes, 1 << n);
}

int main(void)
{
	processes = memory_shared(sizeof *processes);
	handle(SIGUSR1, handler, 0);
	for (int round = 0; round < 5; round++)
		for (int n = 1; n <= MOST; n++)
			test(n);
	return 0;
}
