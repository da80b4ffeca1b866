/* Case 55: asked for a process that is no snapshot, snapshot_resume() and
 * snapshot_discard() give -ESRCH and leave it alone.  Hard because SIGRESTART
 * kills a stranger, and because a stranger can look much like a snapshot. */
#include "proc.h"
#include "signals.h"
#include <linux/resource.h>

#define INT_MAX 0x7fffffff

static int ready[2], end[2], gone[2], tid;

static void check_refused(int pid)
{
	CHECK_EQUAL(snapshot_resume(pid), -ESRCH);
	CHECK_EQUAL(snapshot_discard(pid), -ESRCH);
}

static void look_alike(const char *name, unsigned long mask,
		       void (*action)(int))
{
	struct { void (*handler)(int); unsigned long rest[3]; } whole = {
		action, { 0 }
	};

	CHECK_EQUAL(system_call(__NR_prctl, PR_SET_NAME, name), 0);
	CHECK_EQUAL(system_call(__NR_rt_sigaction, SIGRESTART, &whole, NULL, 8),
		    0);
	CHECK_EQUAL(system_call(__NR_rt_sigprocmask, SIG_SETMASK, &mask, NULL,
				8), 0);
}

static void *idler(void *unused)
{
	hear(gone);
	return unused;
}

/* What strangers can be: most of them like a snapshot in all but one thing. */
static void plain(void) { look_alike("plain", 0, SIG_DFL); }
static void named(void) { look_alike("snapshot", 0, SIG_DFL); }
static void deaf(void) { look_alike("plain", EVERYTHING, SIG_IGN); }
static void longer(void) { look_alike("snapshots", EVERYTHING, SIG_IGN); }
static void hearing(void) { look_alike("snapshot", BIT(SIGTERM), SIG_IGN); }
static void fatal(void) { look_alike("snapshot", EVERYTHING, SIG_DFL); }

static void busy(void)
{
	spawn(idler, NULL);
	look_alike("snapshot", EVERYTHING, SIG_IGN);
}

/* A stranger: it dies of a signal, or finds it pending at the end. */
static void test_stranger(void (*become)(void), int (*fork)(void))
{
	int pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		become();
		tell(ready);
		hear(end);
		CHECK_EQUAL(pending_signals(), 0);
		process_exit(0);
	}
	hear(ready);
	check_refused(pid);
	tell(end);
	reap(pid);
	check_refused(pid);			/* just gone */
}

static void test_zombie(int pid)
{
	siginfo_t info;

	CHECK(pid >= 0);
	if (pid == 0)
		process_exit(0);
	CHECK_EQUAL(system_call(__NR_waitid, P_PID, pid, &info,
				WEXITED | WNOWAIT, NULL), 0);
	check_refused(pid);
	reap(pid);
}

static void *look_up(void *unused)
{
	tid = gettid();
	tell(ready);
	hear(gone);
	return unused;
}

/* A snapshot is one, although with one descriptor, or none, nobody can tell. */
static void test_descriptors(void)
{
	long next = system_call(__NR_dup, 1);
	struct rlimit64 limit, before;
	int pid = snapshot();

	CHECK(pid >= 0);
	if (pid == 0)
		process_exit(0);
	CHECK_EQUAL(system_call(__NR_close, next), 0);
	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_NOFILE, NULL,
				&before), 0);
	limit = before;
	for (int left = 0; left < 2; left++) {
		limit.rlim_cur = (unsigned long)(next + left);
		CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_NOFILE,
					&limit, NULL), 0);
		CHECK_EQUAL(snapshot_resume(pid), -EMFILE);
		CHECK_EQUAL(snapshot_discard(pid), -EMFILE);
	}
	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_NOFILE, &before,
				NULL), 0);
	CHECK_EQUAL(snapshot_discard(pid), 0);
}

int main(void)
{
	void (*const all[])(void) = {
		plain, named, deaf, longer, hearing, fatal, busy,
	};
	const int never[] = { 0, -1, -INT_MAX - 1, 1, INT_MAX, getpid(),
			      (int)system_call(__NR_getppid) };
	struct thread *thread;

	open_pipe(ready);
	open_pipe(end);
	open_pipe(gone);
	for (unsigned i = 0; i < sizeof never / sizeof *never; i++)
		check_refused(never[i]);
	for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
		test_stranger(all[i], fork1);
		test_stranger(all[i], forkall);
	}
	test_zombie(fork1());
	test_zombie(forkall());
	thread = spawn(look_up, NULL);
	hear(ready);
	check_refused(tid);
	tell(gone);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	test_descriptors();
	check_childless();
	return 0;
}
