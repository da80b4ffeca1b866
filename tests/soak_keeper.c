/* The soak from outside: a process that is never copied starts the first of
 * those that are, looks whether they show life, measures how late the machine
 * itself makes things, reaps who has lost its parent, and tells how it went. */
#include "soak.h"
#include <linux/ipc.h>
#include <linux/mman.h>
#include <linux/prctl.h>

#define LOOK       (50 * MILLISECOND)
#define SLOW_LOOK  (500 * MILLISECOND)
#define TELL_TIME  (30 * SECOND)	/* for an image of who has failed */

static int root, is_root_gone, status_bad;

static void complain(const char *what, long pid, int status)
{
	eprint("soak: seed %lu: process %ld %s %x\n", board->seed, pid, what,
	       status);
	status_bad = 1;
}

static void reap_orphans(void)
{
	int status, is_snapshot;
	long pid;

	while ((pid = system_call(__NR_wait4, -1, &status, WNOHANG | __WALL,
				  0L)) > 0) {
		if (probe_ended((int)pid, status))
			continue;
		is_root_gone |= pid == root;
		is_snapshot = 0;
		for (int i = 0; i < SNAPSHOTS_NOTED && status == SIGKILL; i++)
			is_snapshot |= load(&board->snapshots[i]) == pid;
		if (status && !is_snapshot)
			complain("has ended with status", pid, status);
		if (!forget_process((int)pid) && !is_snapshot)
			complain("is nobody's, and has status", pid, status);
	}
}

/* At the end, all that have come to be have been reaped, by whomever. */
static void check_reaped(void)
{
	for (int pid = 0; pid < PIDS; pid++)
		if (board->known[pid / 64] >> pid % 64 & 1)
			complain("has gone, and nobody knows how:", pid, 0);
}

static int is_childless(void)
{
	return system_call(__NR_wait4, -1, 0L, WNOHANG | __WALL, 0L) ==
		-ECHILD;
}

/* A pid of nobody is left by who was killed. */
static int find_hanging(long patience)
{
	for (int i = 0; i < SLOTS; i++) {
		struct slot *s = &board->slots[i];
		int pid = load(&s->pid);

		if (!pid || outside_now() - load(&s->beat) < patience)
			continue;
		if (system_call(__NR_kill, pid, 0) == -ESRCH)
			cas(&s->pid, pid, 0);
		else
			return pid;
	}
	return 0;
}

static int end_hanging(const char *what, int pid)
{
	eprint("soak: seed %lu: %s", board->seed, what);
	if (pid)
		eprint(" %d", pid);
	eprint("\n");
	print_states(root);
	kill_session(root);
	return FAILED;
}

static int end_failed(void)
{
	long limit = clock_now() + TELL_TIME;

	while (load(&board->failed) && !load(&board->told) &&
	       clock_now() < limit)
		sleep_for(LOOK);
	kill_session(root);
	return FAILED;
}

/* Until all have ended, or something is wrong.  They end by themselves if this
 * process is killed. */
static int watch(long end)
{
	long patience = board->patience;
	long next = 0;
	int pid;

	for (;;) {
		sleep_for(LOOK);
		probe_machine();
		reap_orphans();
		if (load(&board->failed) || status_bad)
			return end_failed();
		if (clock_now() >= end)
			store(&board->stop, 1);
		else if (load(&board->stop))
			end = clock_now();
		if (is_root_gone && is_childless())
			break;
		if (clock_now() >= end + 2 * patience)
			return end_hanging("it does not end", 0);
		if (clock_now() < next)
			continue;
		next = clock_now() + SLOW_LOOK;
		pid = find_hanging(patience + 4 * board->delay);
		if (pid)
			return end_hanging("no life in process", pid);
	}
	if (!load(&board->stop))
		return end_hanging("it has ended early", 0);
	check_reaped();
	return status_bad ? FAILED : 0;
}

static void report(long seconds)
{
	long *n = board->counts;

	print("soak: seed %lu: %ld s, %ld forkalls, %ld snapshots, %ld resumes,"
	      " %ld checkpoints, %ld restarts, %ld synccalls\n", board->seed,
	      seconds, n[FORKALLS], n[SNAPSHOTS], n[RESUMES], n[CHECKPOINTS],
	      n[RESTARTS], n[SYNCCALLS]);
	print("soak: %ld processes, %d generations deep; %ld threads created,"
	      " %ld blocked calls, %ld waits, %ld locks, %ld handlers\n",
	      n[PROCESSES], board->deepest, n[THREADS], n[CALLS], n[WAITS],
	      n[LOCKS], n[HANDLERS]);
	print("soak: no wait was late by more than %ld ms; the margin is %ld ms"
	      " and four times\n"
	      "soak: what this machine took for a plain copy lately, %ld ms\n",
	      board->latest / MILLISECOND, board->margin / MILLISECOND,
	      board->delay / MILLISECOND);
}

static void remove(const char *name)
{
	char path[NAME_SIZE + 64];

	format(path, sizeof path, "%s/%s", board->directory, name);
	system_call(__NR_unlinkat, AT_FDCWD, path, 0);
}

/* Not after a failure: there are images to look at. */
static int clean_up(void)
{
	long r;

	for_each_entry(board->directory, remove);
	r = system_call(__NR_unlinkat, AT_FDCWD, board->directory,
			0x200 /* AT_REMOVEDIR */);
	if (r < 0)
		eprint("soak: %s: error %ld\n", board->directory, -r);
	return r < 0 ? FAILED : 0;
}

/* The report tells how far it came. */
static void interrupted(int signal)
{
	(void)signal;
	store(&board->stop, 1);
}

int keep(int seconds)
{
	long begin = clock_now();
	struct signal_action action = { interrupted, SA_RESTART, 0 };
	int result;

	EXPECT_0(signal_action(SIGINT, &action, NULL));
	EXPECT_0(signal_action(SIGTERM, &action, NULL));
	EXPECT_0(system_call(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	print("soak: seed %lu: %d s\n", board->seed, seconds);
	board->end = outside_now() + seconds * SECOND;
	root = fork1();
	if (root == 0) {
		system_call(__NR_setsid);
		process_live();
	}
	if (root < 0) {
		eprint("soak: fork: error %d\n", -root);
		return FAILED;
	}
	result = watch(begin + seconds * SECOND);
	system_call(__NR_msgctl, board->queue, IPC_RMID, 0L);
	system_call(__NR_semctl, board->semaphores, 0, IPC_RMID);
	report((clock_now() - begin) / SECOND);
	if (result)
		print("soak: FAILED: seed %lu; see %s\n", board->seed,
		      board->directory);
	else if ((result = clean_up()) == 0)
		print("soak: passed\n");
	return result;
}
