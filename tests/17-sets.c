/* Case 17: signal sets that the kernel keeps, or uses as a mask while it waits,
 * neither hide the stop nor take its signal: a signalfd for every signal would
 * read SIGSYNCCALL, and io_pgetevents() would block it. */
#include "signals.h"
#include <linux/aio_abi.h>
#include <linux/signalfd.h>

static int ready[2];
static aio_context_t events;

static void *read_signals_of_all(void *argument)
{
	struct signalfd_siginfo info[2];
	long fd;

	fd = system_call(__NR_signalfd4, -1, argument, sizeof(long), 0);
	CHECK(fd >= 0);
	set_mask(EVERYTHING);
	tell(ready);
	CHECK_EQUAL(system_call(__NR_read, fd, info, sizeof info),
		    sizeof *info);
	CHECK_EQUAL(info[0].ssi_signo, SIGUSR1);
	return argument;
}

static void *wait_for_events(void *argument)
{
	struct { const void *set; size_t size; } mask = {
		argument, sizeof(long)
	};
	struct io_event event;
	long r;

	tell(ready);
	r = system_call(__NR_io_pgetevents, events, 1, 1, &event, NULL, &mask);
	/* The copy has no such context; P's is destroyed. */
	CHECK(r == -EINVAL || r == 0);
	return argument;
}

static int run(void *(*start)(void *), unsigned long set)
{
	struct thread *thread = spawn(start, &set);
	int pid;

	hear(ready);
	wait_asleep(thread_tid(thread));
	pid = forkall();
	if (pid == -ETIMEDOUT)
		CHECK_EQUAL(stop_culprit(), thread_tid(thread));
	CHECK(pid >= 0);
	if (start == read_signals_of_all)
		send(getpid(), thread_tid(thread), SIGUSR1);
	else if (pid)
		CHECK_EQUAL(system_call(__NR_io_destroy, events), 0);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	if (pid == 0)
		process_exit(0);
	return pid;
}

int main(void)
{
	open_pipe(ready);
	stop_timeout(2000);
	/* The copy may end before P has sent its signal. */
	reap(run(read_signals_of_all, EVERYTHING & ~(1UL << (SIGCHLD - 1))));
	if (system_call(__NR_io_setup, 1, &events) == 0)
		reap(run(wait_for_events, EVERYTHING));
	return 0;
}
