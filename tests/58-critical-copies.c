/* Case 58: critical sections in copies.  forkall() copies all who are inside, and
 * a request in progress; fork1() copies the caller, inside or not, alone. */
#include "../core/checkpoint.h"
#include "test.h"

static struct semaphore said, go;

static void *insider(void *unused)
{
	CHECK_EQUAL(critical_enter(), 0);
	semaphore_post(&said);
	semaphore_wait(&go);
	CHECK_EQUAL(critical_leave(), 0);
	return unused;
}

static void close_at_once(void)
{
	CHECK_EQUAL(critical_close(5000), 0);
	critical_open();
}

static void finish(int pid)
{
	if (pid == 0)
		process_exit(0);
	CHECK(pid > 0);
	reap(pid);
}

static void *closer(void *unused)
{
	CHECK_EQUAL(critical_close(0), 0);
	semaphore_post(&said);
	semaphore_wait(&go);
	critical_open();
	return unused;
}

/* Another thread is inside: not in fork1()'s copy. */
static void with_insider(void)
{
	struct thread *thread = spawn(insider, NULL);
	int pid;

	semaphore_wait(&said);
	pid = fork1();
	if (pid == 0)
		close_at_once();
	finish(pid);
	CHECK_EQUAL(critical_enter(), 0);
	pid = fork1();
	if (pid == 0) {
		CHECK_EQUAL(critical_close(5000), -EDEADLK);
		CHECK_EQUAL(critical_leave(), 0);
		CHECK_EQUAL(critical_leave(), -EPERM);
		close_at_once();
	}
	finish(pid);
	CHECK_EQUAL(critical_leave(), 0);

	pid = forkall();
	CHECK(pid >= 0);
	CHECK_EQUAL(critical_close(20), -ETIMEDOUT);
	CHECK_EQUAL(stop_culprit(), thread_tid(thread));
	semaphore_post(&go);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	close_at_once();
	finish(pid);
}

/* Another thread has closed them: in fork1()'s copy it is not there. */
static void with_request(void)
{
	struct thread *thread = spawn(closer, NULL);
	int pid;

	semaphore_wait(&said);
	pid = fork1();
	if (pid == 0) {
		CHECK_EQUAL(critical_try_enter(), 0);
		CHECK_EQUAL(critical_leave(), 0);
		close_at_once();
	}
	finish(pid);
	pid = forkall();
	CHECK(pid >= 0);
	CHECK_EQUAL(critical_try_enter(), -EBUSY);
	semaphore_post(&go);
	CHECK_EQUAL(critical_enter(), 0);
	CHECK_EQUAL(critical_leave(), 0);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	finish(pid);
}

static void *cannot_close(void *inside)
{
	CHECK_EQUAL(critical_close(20), -ETIMEDOUT);
	CHECK_EQUAL(stop_culprit(), thread_tid(inside));
	return NULL;
}

/* The request itself forks: its copy has them closed, too. */
static void by_request(int copy(void))
{
	int pid;

	CHECK_EQUAL(critical_close(5000), 0);
	CHECK_EQUAL(critical_enter(), 0);
	pid = copy();
	CHECK(pid >= 0);
	critical_open();
	/* What it has entered counts from now on. */
	CHECK_EQUAL(critical_close(20), -EDEADLK);
	CHECK_EQUAL(thread_join(spawn(cannot_close, thread_self()), NULL), 0);
	CHECK_EQUAL(critical_leave(), 0);
	CHECK_EQUAL(critical_leave(), -EPERM);
	close_at_once();
	finish(pid);
}

int main(void)
{
	with_insider();
	with_request();
	by_request(fork1);
	by_request(forkall);
	return 0;
}
