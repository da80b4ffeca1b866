/* Case 5: threads in every kind of timed wait find, when they go on, that the
 * program's CLOCK_MONOTONIC is further from the kernel's than before, as after
 * a restart.  Each wait ends at its deadline as the program counts, neither
 * when the kernel's clock shows it nor after the time that it had at first.
 *
 * No restart is needed for that: in a copy it is enough to change the offset
 * before there are threads.  Hard besides are a call that the kernel makes again by
 * itself, with the time that it finds in memory, and one that a handler of
 * the program interrupted, so that nothing tells of the call meanwhile. */
#include "deadline.h"

#define LENGTH  (4 * SECOND)
#define FORWARD (2 * SECOND)
#define BACK    (-SECOND - SECOND / 2)
#define REQUEUE 2		/* the kernel makes this kind again by itself */

static long shift;
static int in_handler, go_on;

/* As the first task of forkall(), but the clock is another. */
static void first_task(void *unused)
{
	(void)unused;
	respawn_check();
	clock_offset += shift;
	respawn_threads();
}

static int copy_shifted(long by)
{
	int pid;

	shift = by;
	pid = duplicate(&(struct duplication){
		.stop = STOP_DUPLICATE, .exit_signal = SIGCHLD,
		.first_task = first_task,
	});
	CHECK(pid >= 0);
	return pid;
}

static void *waiter(void *kind)
{
	check_wait((int)(long)kind, LENGTH);
	return NULL;
}

/* The program goes on with the call when this returns. */
static void linger(int signal)
{
	(void)signal;
	add(&in_handler, 1);
	while (!load(&go_on))
		system_call(__NR_futex, &go_on, FUTEX_WAIT_PRIVATE, 0, NULL);
}

static void end_call(int signal)
{
	(void)signal;
}

static void *sleeper(void *unused)
{
	struct timespec time = at(LENGTH), left = { 0, 0 };
	long deadline = clock_now() + LENGTH, error;

	(void)unused;
	CHECK_EQUAL(system_call(__NR_nanosleep, &time, &left), -EINTR);
	error = deadline - clock_now() - left.tv_sec * SECOND - left.tv_nsec;
	CHECK(error <= 0 && error > -MARGIN);
	return NULL;
}

static void set_handler(int signal, void (*handler)(int), unsigned long flags)
{
	struct signal_action action = { .handler = handler, .flags = flags };

	CHECK_EQUAL(signal_action(signal, &action, NULL), 0);
}

static void send(struct thread *thread, int signal)
{
	CHECK_EQUAL(system_call(__NR_tgkill, getpid(), thread_tid(thread),
				signal), 0);
}

/* The last thread sleeps, the one before is in its handler. */
static void finish_waits(struct thread **threads, int count)
{
	send(threads[count - 1], SIGUSR2);
	store(&go_on, 1);
	system_call(__NR_futex, &go_on, FUTEX_WAKE_PRIVATE, 1);
	for (int i = 0; i < count; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
}

int main(void)
{
	static const long shifts[] = { FORWARD, BACK, 0 };
	struct thread *threads[KINDS + 2];
	int pids[3];

	open_objects();
	set_handler(SIGUSR1, linger, SA_RESTART);
	set_handler(SIGUSR2, end_call, 0);
	for (long i = 0; i < KINDS; i++)
		threads[i] = spawn(waiter, (void *)i);
	threads[KINDS] = spawn(waiter, (void *)REQUEUE);
	threads[KINDS + 1] = spawn(sleeper, NULL);
	for (int i = 0; i < KINDS + 2; i++)
		wait_asleep(thread_tid(threads[i]));
	send(threads[KINDS], SIGUSR1);
	while (!load(&in_handler))
		system_call(__NR_sched_yield);
	for (int i = 0; i < 3; i++) {
		pids[i] = copy_shifted(shifts[i]);
		if (pids[i] == 0) {
			finish_waits(threads, KINDS + 2);
			process_exit(0);
		}
	}
	finish_waits(threads, KINDS + 2);
	for (int i = 0; i < 3; i++)
		reap(pids[i]);
	close_objects();
	return 0;
}
