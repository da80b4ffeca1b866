/* demo: the supervisor.  It starts the job, watches it, kills it, and resumes
 * it from its last snapshot.  It is a subreaper: when the job dies, the
 * snapshots and what is resumed from them become its own children.  All are one
 * process group, so that it can end even those that it never heard of. */
#include "demo.h"
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/wait.h>

#define POLL_NS 20000000L	/* between two looks at the job */

static volatile int interrupted;	/* the signal that did it */

static void interrupt(int signal)
{
	interrupted = signal;
}

static void set_signals(void (*handler)(int))
{
	struct signal_action action = { .handler = handler };

	signal_action(SIGINT, &action, NULL);
	signal_action(SIGTERM, &action, NULL);
	signal_action(SIGHUP, &action, NULL);
	signal_action(SIGPIPE, &action, NULL);
}

int supervise_begin(void)
{
	long error = system_call(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

	if (error)
		return fail("prctl", error);
	set_signals(interrupt);
	return 0;
}

/* Forks the job, in a process group of its own.  Returns its pid and the write
 * end of its lifeline, which nobody else has. */
static int start(struct job *job, int *lifeline)
{
	int ends[2], pid;
	long error = system_call(__NR_pipe2, ends, O_CLOEXEC);

	if (error)
		return error;
	pid = fork1();
	if (pid == 0) {
		set_signals(SIG_DFL);
		system_call(__NR_close, ends[1]);
		system_call(__NR_setpgid, 0, 0);
		job->lifeline = ends[0];
		job->group = system_call(__NR_getpid);
		process_exit(job_run(job));
	}
	system_call(__NR_close, ends[0]);
	*lifeline = ends[1];
	if (pid > 0)		/* both do it: who comes first? */
		system_call(__NR_setpgid, pid, pid);
	return pid;
}

/* Reaps children until pid has ended (1, its *status) or none has (0). */
static int reap(int pid, int *status)
{
	long ended;

	do
		ended = system_call(__NR_wait4, -1, status, WNOHANG | __WALL,
				    0L);
	while (ended > 0 && ended != pid);
	return ended > 0;
}

/* The last snapshot goes the polite way, all else with the process group. */
static void clean_up(int group)
{
	int snapshot = atomic_exchange(&board->snapshot, 0);

	if (snapshot)
		snapshot_discard(snapshot);
	system_call(__NR_kill, -group, SIGKILL);
	while (system_call(__NR_wait4, -1, 0L, __WALL, 0L) != -ECHILD)
		;
}

/* The job was killed.  Returns the pid of its successor, or an error. */
static int resume(void)
{
	int pid;

	say("SIGKILL: the job and all its threads are gone, at %d %%.\n",
	    percent_of(board->done));
	if (!board->snapshot) {
		eprint("demo: job: killed before its first snapshot\n");
		return -ESRCH;
	}
	board->generation++;
	for (int i = 0; i < options.workers; i++)
		board->done[i] = board->saved[i];
	pid = snapshot_resume(board->snapshot);
	if (pid < 0) {
		fail("snapshot_resume", pid);
		return pid;
	}
	say("snapshot %d, of %d %%, is resumed as pid %d:\n\n",
	    board->snapshot, percent_of(board->saved), pid);
	while (board->reported != board->generation &&
	       !system_call(__NR_kill, pid, 0) && !interrupted)
		sleep_for(1000000);
	screen_table();
	return pid;
}

/* Looks at the job until it has ended by itself. */
static int watch(int pid, int kill_at)
{
	int status;

	screen_begin();
	while (!interrupted) {
		if (reap(pid, &status)) {
			screen_progress();
			if ((status & 0x7f) != SIGKILL)
				break;
			kill_at = 0;
			pid = resume();
			if (pid < 0)
				return 1;
			screen_begin();
		}
		if (kill_at && board->snapshot &&
		    percent_of(board->done) >= kill_at)
			system_call(__NR_kill, pid, SIGKILL);
		else
			screen_progress();
		sleep_for(POLL_NS);
	}
	if (interrupted) {
		say("\n");
		return 128 + interrupted;
	}
	if (kill_at && !status)
		say("The job was finished before it could be killed.\n");
	if (status & 0x7f)
		eprint("demo: job: ended by signal %d\n", status & 0x7f);
	return status ? 1 : 0;
}

int supervise(struct job *job, int kill_at)
{
	int lifeline = -1, result, pid;

	memset(board, 0, sizeof(*board));
	pid = start(job, &lifeline);
	if (pid < 0) {
		system_call(__NR_close, lifeline);
		return fail("fork1", pid);
	}
	say("pid %d\n", pid);
	result = watch(pid, kill_at);
	clean_up(pid);
	system_call(__NR_close, lifeline);
	return result;
}
