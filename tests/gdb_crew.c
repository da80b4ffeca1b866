/* The program that tests/check-gdb-forkall debugs: threads that wait, compute,
 * or are in a signal handler on an alternate stack, and then
 *   gdb_crew N forkall         a copy, which ends with 3 if it is whole
 *   gdb_crew N leaderless      the same, but all is done by a second thread: the
 *                              main thread has ended
 *   gdb_crew N snapshot        a snapshot, whose pid is printed; then it waits
 *   gdb_crew N image IMAGE     an image; restarted from it, ends with 3 as well
 *   gdb_crew N bug             a write to address 0 after some work
 * N counts who starts the others. */
#include "proc.h"
#include <linux/poll.h>

#define MOST  64
#define WHOLE 3
#define HOURS (10 * 3600 * 1000000000L)

enum kind { READER, SLEEPER, LOCKER, POLLER, SPINNER, HANDLER, KINDS };

static struct member {
	struct thread *thread;
	enum kind kind;
	int started;
	char stack[16 << 10];		/* alternate, for a handler */
} members[MOST];

int count;				/* of members; the debugger reads it */
volatile long spins[MOST];		/* and these */
volatile int steps;			/* of main, after ready() */

static int pipe_read[2], pipe_poll[2], pipe_handled[2];
static struct mutex lock;
static struct semaphore sleepers;
static volatile int over;

static void read_byte(int fd)
{
	char byte = 0;

	CHECK_EQUAL(system_call(__NR_read, fd, &byte, 1), 1);
	CHECK_EQUAL(byte, '!');
}

static void handler(int signal)
{
	(void)signal;
	read_byte(pipe_handled[0]);
	__asm__ volatile("");		/* a backtrace shows it: no tail call */
}

static void handle(struct member *m)
{
	stack_t stack = { .ss_sp = m->stack, .ss_size = sizeof m->stack };

	CHECK_EQUAL(system_call(__NR_sigaltstack, &stack, 0L), 0);
	CHECK_EQUAL(system_call(__NR_tgkill, getpid(), thread_tid(thread_self()),
				SIGUSR1), 0);
}

static void sleep_long(void)
{
	long end = clock_now() + HOURS;
	struct timespec deadline = { end / 1000000000, end % 1000000000 };

	CHECK_EQUAL(semaphore_wait_until(&sleepers, &deadline), 0);
}

static void spin(struct member *m)
{
	while (!over)
		spins[m - members]++;
}

static void *work(void *argument)
{
	struct member *m = argument;
	struct pollfd end = { .fd = pipe_poll[0], .events = POLLIN };
	struct timespec time = { 36000, 0 };

	__atomic_store_n(&m->started, 1, __ATOMIC_SEQ_CST);
	switch (m->kind) {
	case READER:
		read_byte(pipe_read[0]);
		break;
	case SLEEPER:
		sleep_long();
		break;
	case LOCKER:
		mutex_lock(&lock);
		mutex_unlock(&lock);
		break;
	case POLLER:
		CHECK_EQUAL(system_call(__NR_ppoll, &end, 1, &time, 0L), 1);
		break;
	case SPINNER:
		spin(m);
		break;
	default:
		handle(m);
	}
	return m;
}

/* Until all that wait are in their calls; a debugger's stop takes them out of
 * these for a moment. */
static void settle(int n)
{
	for (int i = 0; i < n; i++)
		if (members[i].kind != SPINNER)
			wait_asleep(thread_tid(members[i].thread));
}

static void begin(int n)
{
	struct signal_action action = { .handler = handler,
					.flags = SA_ONSTACK };

	open_pipe(pipe_read);
	open_pipe(pipe_poll);
	open_pipe(pipe_handled);
	CHECK_EQUAL(signal_action(SIGUSR1, &action, NULL), 0);
	CHECK_EQUAL(mutex_lock(&lock), 0);
	for (int i = 0; i < n; i++) {
		members[i].kind = i % KINDS;
		if (i > SPINNER && members[i].kind == SPINNER)
			members[i].kind = READER;	/* one keeps busy */
		members[i].thread = spawn(work, &members[i]);
	}
	for (int i = 0; i < n; i++)
		while (!__atomic_load_n(&members[i].started, __ATOMIC_SEQ_CST))
			system_call(__NR_sched_yield);
	settle(n);
	count = n;
}

/* Lets all end, and sees that each has done what it had to.  Both processes have
 * the pipes: a byte for each. */
static int is_whole(void)
{
	void *result;

	over = 1;
	CHECK_EQUAL(mutex_unlock(&lock), 0);
	for (int i = 0; i < count; i++) {
		switch (members[i].kind) {
		case READER:
			system_call(__NR_write, pipe_read[1], "!!", 2);
			break;
		case SLEEPER:
			semaphore_post(&sleepers);
			break;
		case POLLER:
			system_call(__NR_write, pipe_poll[1], "!", 1);
			break;
		case HANDLER:
			system_call(__NR_write, pipe_handled[1], "!!", 2);
			break;
		default:
			break;
		}
	}
	for (int i = 0; i < count; i++) {
		CHECK_EQUAL(thread_join(members[i].thread, &result), 0);
		CHECK(result == &members[i]);
	}
	return 1;
}

__attribute__((noinline)) void ready(void)
{
	__asm__ volatile("");
}

static int copy_whole(void)
{
	int pid, status = 0;

	settle(count);
	pid = forkall();
	if (pid == 0)
		process_exit(is_whole() ? WHOLE : 1);
	CHECK(pid > 0);
	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, 0, 0L), pid);
	return status >> 8;
}

static void *second_thread(void *n)
{
	char path[48];

	begin((int)(long)n - 1);
	format(path, sizeof path, "/proc/self/task/%d/status", getpid());
	while (proc_state(path) != 'Z')
		system_call(__NR_sched_yield);
	ready();
	process_exit(copy_whole());
}

static void sleeping(void)
{
	int pid;

	settle(count);
	pid = snapshot();
	if (pid == 0)
		process_exit(is_whole() ? WHOLE : 1);
	print("%d\n", pid);
	system_call(__NR_ppoll, 0L, 0, 0L, 0L);
}

static __attribute__((noinline)) void bug(volatile int *nowhere)
{
	for (int i = 0; i < 1000; i++)
		steps++;
	*nowhere = steps;
}

int main(int argc, char **argv)
{
	int n = 0, r;

	for (const char *s = argc > 2 ? argv[1] : ""; *s; s++)
		n = n * 10 + *s - '0';
	CHECK(n >= 1 && n <= MOST);
	if (argv[2][0] == 'l') {
		spawn(second_thread, (void *)(long)n);
		thread_exit(NULL);
	}
	begin(n - 1);
	ready();
	switch (argv[2][0]) {
	case 'f':
		process_exit(copy_whole());	/* no tail call */
	case 's':
		sleeping();
		return 0;
	case 'i':
		r = checkpoint(argv[3]);
		return r == 1 && is_whole() ? WHOLE : r;
	default:
		bug(NULL);
	}
	return 1;
}
