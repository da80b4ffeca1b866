/* Case 23: stop signals that no stop has sent, and SIGRESTART, change nothing:
 * no call of the program ends early or takes longer, stops and copies work
 * while they rain on P, and they can meet a copy, too. */
#include "signals.h"

#define MOST   64
#define ROUNDS 6
#define MOMENT 20000000L		/* 20 ms */

static struct shared {
	int pid;			/* P */
	int tids[MOST];			/* its threads */
	int ending;
	int sent;
} *shared;

static int bytes[2], ending;

/* Also with forged content, as far as the kernel lets one do that. */
static void send_strays(int pid, int tid, unsigned random)
{
	siginfo_t info = { 0 };

	info.si_code = SI_QUEUE;
	info.si_pid = pid;
	system_call(__NR_tgkill, pid, tid, SIGSYNCCALL);
	if (random % 4 == 0)
		system_call(__NR_kill, pid, SIGSYNCCALL);
	if (random % 4 == 1)
		system_call(__NR_rt_tgsigqueueinfo, pid, tid, SIGSYNCCALL,
			    &info);
	if (random % 4 == 2)
		system_call(__NR_kill, pid, SIGRESTART);
	add(&shared->sent, 1);
}

/* Sends no more than are taken: under an endless queue nobody gets anywhere. */
static void help(unsigned long seed)
{
	unsigned random;
	struct signals s;
	int tid;

	while (!load(&shared->ending)) {
		random = random_next(&seed);
		tid = load(&shared->tids[random / 8 % MOST]);
		if (read_signals(shared->pid, tid, &s) == 0 &&
		    !((s.pending | s.shared) & BIT(SIGSYNCCALL)))
			send_strays(shared->pid, tid, random);
	}
	process_exit(0);
}

static void *waiter(void *argument)
{
	struct semaphore never = SEMAPHORE_INIT(0);
	struct timespec deadline;
	char byte;
	long begin, end;

	while (!load(&ending)) {
		begin = clock_now();
		CHECK_EQUAL(sleep_for(MOMENT), 0);
		CHECK(clock_now() - begin >= MOMENT);
		end = clock_now() + MOMENT;
		deadline.tv_sec = end / 1000000000;
		deadline.tv_nsec = end % 1000000000;
		CHECK_EQUAL(semaphore_wait_until(&never, &deadline),
			    -ETIMEDOUT);
		CHECK(clock_now() >= end);
	}
	CHECK_EQUAL(system_call(__NR_read, bytes[0], &byte, 1), 1);
	return argument;
}

static void test(int n)
{
	struct thread *threads[MOST];
	int pid = 1, sent;

	for (int i = 0; i < n; i++) {
		threads[i] = spawn(waiter, NULL);
		store(&shared->tids[i], thread_tid(threads[i]));
	}
	for (int i = n; i < MOST; i++)
		store(&shared->tids[i], thread_tid(threads[i % n]));
	for (int i = 0; i < ROUNDS && pid; i++) {
		sent = load(&shared->sent);
		while (load(&shared->sent) < sent + n)
			system_call(__NR_sched_yield);
		pid = forkall();
		CHECK(pid >= 0);
		if (pid)
			send_strays(pid, pid, (unsigned)i);
		if (i < ROUNDS - 1 && pid)
			reap(pid);
	}
	store(&ending, 1);
	for (int i = 0; i < n; i++)
		tell(bytes);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	if (pid == 0)
		process_exit(0);
	reap(pid);
	store(&ending, 0);
}

int main(int argc, char **argv)
{
	unsigned long seed = random_seed(argc, argv);
	int helper;

	shared = memory_shared(sizeof *shared);
	open_pipe(bytes);
	shared->pid = getpid();
	for (int i = 0; i < MOST; i++)
		shared->tids[i] = getpid();
	helper = fork1();
	CHECK(helper >= 0);
	if (helper == 0)
		help(seed);
	for_each_count(n)
		test(n);
	store(&shared->ending, 1);
	reap(helper);
	return 0;
}
