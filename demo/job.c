/* demo: the job.  Workers compute, the painter waits for complete frames, the
 * clock takes snapshots, the meter sleeps and shows how far the workers are,
 * the lifeline reads from a pipe, and main joins them: nearly every way in
 * which a thread can be stopped. */
#include "demo.h"
#include <linux/time.h>

enum { MAIN, PAINTER, CLOCK, METER, LIFELINE, FIRST_WORKER };

static const struct job *job;
static struct barrier frame_end;	/* the workers', after each frame */
static struct semaphore frame_ready;	/* for the painter */
static struct semaphore finished;	/* for the clock */
static struct mutex snapshot_lock;	/* one at a time */
static _Atomic int done[WORKERS_MAX];	/* rows; each worker writes its own */
static _Atomic int over;		/* for the meter */

static _Noreturn void die(const char *object, int error)
{
	process_exit(fail(object, error));
}

/* Goes on after snapshot() in the job itself, and once more in each process
 * that is resumed from the snapshot.  There the private memory is that of the
 * past, and only the board knows which snapshot is the last one now. */
static void take_snapshot(int frame, int row)
{
	int rows[WORKERS_MAX], i, pid, old;
	long start;

	note("in mutex_lock", frame, row);
	mutex_lock(&snapshot_lock);
	note("in snapshot, the caller", frame, row);
	for (i = 0; i < options.workers; i++)
		rows[i] = done[i];
	start = clock_now();
	pid = snapshot();
	if (pid < 0)
		die("snapshot", pid);
	if (pid == 0) {
		note_resumed();
	} else {
		board->snapshot_time += clock_now() - start;
		board->snapshots++;
		for (i = 0; i < options.workers; i++) {
			board->saved[i] = rows[i];
			if (board->done[i] < rows[i])	/* the meter is late */
				board->done[i] = rows[i];
		}
		old = atomic_exchange(&board->snapshot, pid);
		if (old)
			snapshot_discard(old);
	}
	mutex_unlock(&snapshot_lock);
}

/* Renders every options.workers-th row of each frame.  Between the two barriers
 * nobody computes: one worker takes a snapshot of all others waiting. */
static void render(int worker)
{
	int frame, row, last;

	for (frame = 0; frame < options.frames; frame++) {
		last = frame + 1 == options.frames;
		row = worker;
		for (; row < options.height; row += options.workers) {
			note("running, computes", frame, row);
			picture_row(frame, row);
			done[worker]++;
		}
		note("in barrier_wait", frame + !last, last ? NONE : worker);
		if (barrier_wait(&frame_end) == 1) {
			semaphore_post(&frame_ready);
			if (job->snapshots && !last)
				take_snapshot(frame + 1, worker);
		}
		note("in barrier_wait", frame + !last, last ? NONE : worker);
		barrier_wait(&frame_end);
	}
}

static void paint(void)
{
	int frame, error;

	for (frame = 0; frame < options.frames; frame++) {
		note("in semaphore_wait", frame, NONE);
		error = semaphore_wait(&frame_ready);
		if (error)
			die("semaphore_wait", error);
		note("running, paints", frame, NONE);
		picture_colour(frame, job->pixels);
	}
}

/* Takes a snapshot every so often, wherever the others are. */
static void tick(void)
{
	struct timespec deadline;
	long next = clock_now();
	int error;

	for (;;) {
		next += options.every * 1000000L;
		deadline.tv_sec = next / 1000000000;
		deadline.tv_nsec = next % 1000000000;
		note("in semaphore_wait_until", NONE, NONE);
		if (options.every && job->snapshots)
			error = semaphore_wait_until(&finished, &deadline);
		else
			error = semaphore_wait(&finished);
		if (error != -ETIMEDOUT)
			break;
		take_snapshot(NONE, NONE);
		if (next < clock_now())		/* late, or resumed */
			next = clock_now();
	}
	if (error)
		die("semaphore_wait_until", error);
}

static void measure(void)
{
	int i, last;

	do {
		note("in sleep_for", NONE, NONE);
		sleep_for(20000000);
		last = over;
		for (i = 0; i < options.workers; i++)
			board->done[i] = done[i];
	} while (!last);
}

/* Ends the job, its snapshots too, if the supervisor is no more.  No death
 * signal (PR_SET_PDEATHSIG) would do: fork clears it. */
static void hold_lifeline(void)
{
	char byte;

	note("in read, of a pipe", NONE, NONE);
	system_call(__NR_read, job->lifeline, &byte, 1);
	system_call(__NR_kill, -job->group, SIGKILL);
}

static void *run(void *argument)
{
	static void (*const others[])(void) = {
		[PAINTER] = paint, [CLOCK] = tick, [METER] = measure,
		[LIFELINE] = hold_lifeline,
	};
	static const char *const names[] = {
		[PAINTER] = "painter", [CLOCK] = "clock", [METER] = "meter",
		[LIFELINE] = "lifeline",
	};
	int index = (long)argument;
	char name[16];

	if (index < FIRST_WORKER)
		format(name, sizeof(name), "%s", names[index]);
	else
		format(name, sizeof(name), "worker %d",
		       index - FIRST_WORKER + 1);
	thread_set_name(thread_self(), name);
	note_begin(index, name);
	if (index < FIRST_WORKER)
		others[index]();
	else
		render(index - FIRST_WORKER);
	return NULL;
}

static void join(struct thread *thread)
{
	int error = thread_join(thread, NULL);

	if (error)
		die("thread_join", error);
}

int job_run(const struct job *what)
{
	static struct thread *threads[THREADS_MAX];
	int i, error, count = FIRST_WORKER + options.workers;

	job = what;
	note_begin(MAIN, "main");
	note("in thread_join", NONE, NONE);
	barrier_init(&frame_end, options.workers);
	error = picture_begin();
	for (i = MAIN + 1; i < count && !error; i++)
		error = thread_create(&threads[i], NULL, run,
				      (void *)(long)i);
	if (error)
		return fail("thread_create", error);

	for (i = FIRST_WORKER; i < count; i++)
		join(threads[i]);
	join(threads[PAINTER]);
	semaphore_post(&finished);
	join(threads[CLOCK]);
	over = 1;
	join(threads[METER]);

	/* No more snapshots: none is resumed in the middle of this. */
	error = job->fd < 0 ? 0 : file_write(job->fd, job->pixels);
	return error ? fail(options.output, error) : 0;
}
