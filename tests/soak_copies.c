/* Those who copy the process: forkall(), snapshots that are resumed and
 * discarded, images that are restarted, and synccall(), all at the same time.
 * Their own copies find themselves in the middle of the same, and leave to the
 * original what is its: its snapshots, its images. */
#include "soak.h"

#define PAUSE 60			/* milliseconds at most, between two */
#define MOST  4UL			/* at once: each may double the others */

static int calls_back;			/* synccalls so far */

/* Rare kinds find room where others do not. */
static int is_crowded(int spare)
{
	return process_crowd() >= board->most + spare || is_ending(NO_COPIES);
}

static void make_begin(void)
{
	add(&process.stops, 1);
	add(&process.begun, 1);
}

static void make_end(int is_copy)
{
	add(&process.done, 1);
	if (is_copy)
		process_born();
}

/* It may have been given up. */
static int is_made(int result, const struct moment *before)
{
	return result >= 0 || (result == -ETIMEDOUT && is_hasty_since(before));
}

static void pause(int milliseconds)
{
	nap((long)chance((unsigned)milliseconds * 1000) * 1000);
}

/* ---- forkall() ----------------------------------------------------------- */

void make_forkall(void)
{
	int flags = chance(4) ? 0 : FORK_NOSIGCHLD, r;
	struct moment before = moment_now();
	struct hooked hooked = hooks_now();

	if (is_crowded(0) || load(&process.begun) - load(&process.done) >= MOST)
		return;
	make_begin();
	r = forkallx(flags);
	make_end(r == 0);
	hooks_check(&hooked, r);
	EXPECT(is_made(r, &before), "forkall gives %d", r);
	if (r > 0)
		count(FORKALLS);
}

/* ---- Snapshots ----------------------------------------------------------- */

static void note_snapshot(int pid)
{
	unsigned n = add(&board->snapshot_number, 1);

	store(&board->snapshots[n % SNAPSHOTS_NOTED], pid);
	count(SNAPSHOTS);
}

/* Whether it is this process that has made the snapshot.  Neither what has been
 * before snapshot(), nor what it returns, tells: a copy may have been made on
 * its way in, or out. */
static int is_own(int pid)
{
	return system_call(__NR_waitid, 1 /* P_PID */, pid, 0L, WEXITED |
			   WNOHANG | WNOWAIT | __WALL, 0L) == 0;
}

/* A request holds descriptors of which a restarted process would be asked. */
static void resume(int pid)
{
	struct moment before = moment_now();
	int r;

	EXPECT_0(critical_enter());
	r = snapshot_resume(pid);
	EXPECT_0(critical_leave());
	EXPECT(is_made(r, &before) || is_copy_since(&before),
	       "snapshot_resume gives %d", r);
	if (r > 0 && !is_copy_since(&before))
		count(RESUMES);
}

/* A copy made a moment ago may have been quicker. */
static void discard(int pid)
{
	struct moment before = moment_now();
	int r;

	if (!is_own(pid))
		return;
	EXPECT_0(critical_enter());
	r = snapshot_discard(pid);
	EXPECT_0(critical_leave());
	EXPECT(r == 0 || (r == -ESRCH && is_copied_since(&before)),
	       "snapshot_discard gives %d", r);
	EXPECT(!is_own(pid), "a discarded snapshot is left");
	if (r == 0)
		forget_process(pid);
}

static void make_snapshot(void)
{
	int r, resumes = (int)chance(4);
	struct moment before = moment_now();

	add(&process.naps_begun, 1);
	make_begin();
	r = snapshot();
	make_end(r == 0);
	add(&process.naps_done, 1);
	EXPECT(is_made(r, &before), "snapshot gives %d", r);
	if (r <= 0 || !is_own(r))
		return;
	know_process(r);
	note_snapshot(r);
	while (resumes-- > 0 && is_own(r)) {
		pause(PAUSE);
		if (!is_crowded(2) && is_own(r))
			resume(r);
	}
	discard(r);
}

/* ---- Images -------------------------------------------------------------- */

#define IMAGES_KEPT 256			/* before the oldest is removed */
#define LATER (100 * MILLISECOND)	/* an image lies for so long */

/* By how much the program's time is behind the kernel's, at least or at most:
 * the best of some looks, any of which others may interrupt. */
static long clock_lag(int at_least)
{
	long best = at_least ? -(1L << 62) : 1L << 62, lag;

	for (int i = 0; i < 8; i++) {
		if (at_least) {
			lag = outside_now();
			lag -= clock_now();
		} else {
			lag = -clock_now();
			lag += outside_now();
		}
		if (at_least ? lag > best : lag < best)
			best = lag;
	}
	return best;
}

static void name_image(char path[NAME_SIZE + 32], const char *kind, int number)
{
	format(path, NAME_SIZE + 32, "%s/%d.%s", board->directory, number,
	       kind);
}

static void remove_image(const char *kind, int number)
{
	char path[NAME_SIZE + 32];

	name_image(path, kind, number);
	system_call(__NR_unlinkat, AT_FDCWD, path, 0);
}

/* The child is in this process group, and reaped like other copies. */
static void restart(const char *path, int original)
{
	const char *arguments[] = { process.restart, chance(2) ? "--lazy" :
				    "--", path, NULL };
	const char *none[] = { NULL };
	int pid = fork1();

	EXPECT(pid >= 0, "fork1 gives %d", pid);
	if (pid)
		return;
	/* This can be the child of a copy, which has no business with it. */
	know_process(getpid());
	if (system_call(__NR_getppid) != original)
		process_exit(0);
	sleep_for(LATER);
	system_call(__NR_execve, process.restart, arguments, none);
	process_exit(127);
}

/* A copy made when this was about to begin has the same path, and could write
 * its own image there: so it gets another name. */
static void restart_often(const char *path, int number, int original)
{
	char ready[NAME_SIZE + 32];
	int restarts = 1 + (int)chance(2);

	name_image(ready, "ready", number);
	EXPECT_0(system_call(__NR_renameat2, AT_FDCWD, path, AT_FDCWD, ready,
			     0));
	while (restarts-- > 0)
		restart(ready, original);
}

static void make_image(void)
{
	struct moment before = moment_now();
	int original = process_pid(), r;
	int number = add(&board->image_number, 1);
	char path[NAME_SIZE + 32];
	struct hooked hooked = hooks_now();
	long lag = clock_lag(0);

	remove_image("image", number - IMAGES_KEPT);
	remove_image("ready", number - IMAGES_KEPT);
	name_image(path, "image", number);
	make_begin();
	r = checkpoint(path);
	make_end(r == 1);
	callback_check(&hooked, r);
	EXPECT(is_made(r, &before) || (r == -ECANCELED &&
				       is_copy_since(&before)),
	       "checkpoint gives %d", r);
	if (r == 1) {
		count(RESTARTS);
		EXPECT(clock_lag(1) - lag >= LATER,
		       "its time has gone on by %ld ms too much",
		       (LATER - clock_lag(1) + lag) / MILLISECOND);
	}
	if (r != 0 || is_copy_since(&before))
		return;
	count(CHECKPOINTS);
	restart_often(path, number, original);
}

/* ---- synccall() ---------------------------------------------------------- */

struct roll {
	int number, threads, staying, twice;
	struct thread *caller;
};

static void answer(void *argument)
{
	struct roll *roll = argument;

	roll->threads++;
	roll->staying += me.resident && me.resident->phase > NO_COPIES;
	roll->twice += me.called == roll->number;
	if (thread_self() == roll->caller)
		roll->caller = NULL;
	me.called = roll->number;
}

static void call_all(void)
{
	struct roll roll = { add(&calls_back, 1), 0, 0, 0, thread_self() };
	struct moment before = moment_now();
	int r;

	add(&process.stops, 1);
	r = synccall(answer, &roll);
	EXPECT(is_made(r, &before), "synccall gives %d", r);
	if (r < 0)
		return;
	EXPECT(!roll.caller, "synccall has left out the caller");
	EXPECT(!roll.twice, "synccall has called %d threads twice", roll.twice);
	EXPECT(roll.staying == process.staying,
	       "synccall has found %d residents, not %d", roll.staying,
	       process.staying);
	count(SYNCCALLS);
}

/* A stop with so little time that it may be given up half way, and others with
 * it. */
static void call_hastily(void)
{
	add(&process.hasty_begun, 1);
	stop_timeout(1);
	call_all();
	stop_timeout((int)(board->patience / MILLISECOND));
	add(&process.hasty_done, 1);
}

/* The makers have ended before those do whom call_all() counts; so must this. */
void meddle(void)
{
	if (chance(64))
		return;
	add(&process.meddling, 1);
	if (is_ending(NO_COPIES))
		;
	else if (chance(3))
		call_all();
	else
		make_forkall();
	add(&process.meddling, -1);
}

void copies_run(int number)
{
	(void)number;
	while (!is_ending(NO_COPIES)) {
		unsigned what = chance(100);

		if (what < 5)
			call_hastily();
		else if (what < 45)
			call_all();
		else if (what < 88)
			make_forkall();
		else if (what < 95)
			make_snapshot();
		else if (!is_crowded(2))
			make_image();
		check_self();
		failed_in_handler();
		reap_ended();
		pause(PAUSE);
	}
}
