/* tofile: the job.  Four workers compute in stages; the others wait, each in
 * another way, for time, for work or for the end.  Its answer is right only if
 * every round of every worker is computed once, and every sum is passed on
 * once; what it is, is known beforehand. */
#include "forkall.h"
#include "tofile.h"
#include <asm/ioctls.h>
#include <asm/termios.h>
#include <linux/futex.h>
#include <linux/poll.h>
#include <stdatomic.h>

#define WORKERS 4
#define STAGES  40
#define ROUNDS  1500000L	/* of a worker, for each stage and second */
#define SECOND  1000000000L
#define NAP     (SECOND / 5)
#define EARLY   (SECOND / 100)	/* what a timed wait may be */
#define LATE    SECOND

static const struct longjob *job;
static long started;			/* in program time */

static struct semaphore go;		/* from the pacer: one a worker */
static struct barrier stage_end;
static struct mutex sums_lock;
static unsigned long sums[STAGES];	/* under sums_lock */
static int results[2], silence[2];	/* pipes within the process */

static struct mutex lock;
static struct condition changed;
static int stages_done;			/* under lock */
static unsigned long answer;		/* the collector's */
static _Atomic int over;		/* futex, and for who looks around */

/* ---- The answer ------------------------------------------------------ */

/* x -> a * x + c, which is applied to itself as easily as to a number: that is
 * how the right answer is known without computing every round. */
struct step { unsigned long a, c; };

static const struct step one = { 6364136223846793005, 1442695040888963407 };

static unsigned long compute(unsigned long x, long rounds)
{
	while (rounds-- > 0)
		x = one.a * x + one.c;
	return x;
}

static struct step after(struct step f, struct step g)
{
	return (struct step){ f.a * g.a, f.a * g.c + f.c };
}

static unsigned long compute_fast(unsigned long x, long rounds)
{
	struct step power = one, all = { 1, 0 };

	for (; rounds; rounds /= 2) {
		if (rounds % 2)
			all = after(power, all);
		power = after(power, power);
	}
	return all.a * x + all.c;
}

static unsigned long right_answer(void)
{
	unsigned long right = 0, sum;
	long rounds = ROUNDS * job->seconds;

	for (int stage = 1; stage <= STAGES; stage++) {
		sum = 0;
		for (int worker = 0; worker < WORKERS; worker++)
			sum += compute_fast(worker, stage * rounds);
		right = compute(right ^ sum, 1);
	}
	return right;
}

/* ---- Time ------------------------------------------------------------ */

static char fault[96];			/* the first one; "": none */
static _Atomic int faults;

/* How a timed wait ended.  Program time stands still between an image and the
 * restart: who had a second left then, still has it. */
static void check_time(const char *who, long planned, long error)
{
	long late = clock_now() - planned;

	if (error == 0 && late >= -EARLY && late <= LATE)
		return;
	if (atomic_fetch_add(&faults, 1) == 0)
		format(fault, sizeof(fault), "%s: error %ld, %ld ms late", who,
		       -error, late / 1000000);
}

static struct timespec timespec_of(long time)
{
	return (struct timespec){ time / SECOND, time % SECOND };
}

static void wait_until(const char *who, long time)
{
	struct timespec deadline = timespec_of(time);

	check_time(who, time, sleep_until(&deadline));
}

/* Looked at each time: who is restarted may have another standard output. */
static int is_terminal(void)
{
	struct winsize size;

	return system_call(__NR_ioctl, 1, TIOCGWINSZ, &size) == 0;
}

/* ---- Threads that compute -------------------------------------------- */

/* The last part with the lock held, so that others wait for it. */
static void work(int worker)
{
	long rounds = ROUNDS * job->seconds, locked = rounds / 4;
	unsigned long x = worker;

	for (int stage = 0; stage < STAGES; stage++) {
		semaphore_wait(&go);
		x = compute(x, rounds - locked);
		mutex_lock(&sums_lock);
		x = compute(x, locked);
		sums[stage] += x;
		mutex_unlock(&sums_lock);
		if (barrier_wait(&stage_end) == 1)
			system_call(__NR_write, results[1], &sums[stage],
				    sizeof(*sums));
	}
}

static void take_image(void)
{
	int r = checkpoint(job->image);

	if (r < 0)
		eprint("tofile: %s: no image, error %d\n", job->image, -r);
	else if (r == 0)
		print("%simage: %s\n", is_terminal() ? "\n" : "", job->image);
}

/* Waits in read. */
static void collect(void)
{
	unsigned long sum;

	for (int stage = 1; stage <= STAGES; stage++) {
		system_call(__NR_read, results[0], &sum, sizeof(sum));
		answer = compute(answer ^ sum, 1);
		mutex_lock(&lock);
		stages_done = stage;
		condition_signal(&changed);
		mutex_unlock(&lock);
		if (job->image && stage == STAGES / 2)
			take_image();
	}
}

/* ---- Threads that wait ----------------------------------------------- */

/* A stage begins when its time has come, so the job takes its seconds. */
static void pace(void)
{
	for (int stage = 0; stage < STAGES; stage++) {
		wait_until("sleep_until",
			   started + stage * (job->seconds * SECOND / STAGES));
		for (int worker = 0; worker < WORKERS; worker++)
			semaphore_post(&go);
	}
}

/* A pipe from which nothing comes before the end. */
static void poll(void)
{
	struct pollfd p = { .fd = silence[0], .events = POLLIN };
	struct timespec time = timespec_of(NAP);
	long begin, ready;

	for (;;) {
		begin = clock_now();
		ready = system_call(__NR_ppoll, &p, 1, &time, 0L, 0);
		if (ready > 0)
			return;
		check_time("ppoll", begin + NAP, ready);
		time = timespec_of(NAP);	/* ppoll has counted it down */
	}
}

static void wait_for_end(void)
{
	while (!over)
		system_call(__NR_futex, &over, FUTEX_WAIT_PRIVATE, 0, 0L);
}

static void sleep_in_handler(int signal)
{
	(void)signal;
	wait_until("sleep_until in a handler", clock_now() + NAP);
}

/* Sends itself a signal, whose handler sleeps.  Both ids are others in a
 * restarted process: in the critical section they cannot become wrong before
 * they are used.  The handler runs outside. */
static void send_signals(void)
{
	struct signal_action action = { .handler = sleep_in_handler };
	unsigned long usr1 = 1UL << (SIGUSR1 - 1);

	signal_action(SIGUSR1, &action, NULL);
	while (!over) {
		signal_mask(SIG_BLOCK, &usr1, NULL);
		critical_enter();
		system_call(__NR_tgkill, system_call(__NR_getpid),
			    thread_tid(thread_self()), SIGUSR1);
		critical_leave();
		signal_mask(SIG_UNBLOCK, &usr1, NULL);
	}
}

/* ---- Progress -------------------------------------------------------- */

/* On a terminal one line, written over and over; else ten lines, and one more
 * after a restart. */
static void say_progress(int stage, int restarted)
{
	static int said = -1;
	long tenths = (clock_now() - started) / (SECOND / 10);
	int part = stage * 10 / STAGES, terminal = is_terminal();

	if (!terminal && part == said && !restarted)
		return;
	said = part;
	print("%s%3d %%, after %ld.%ld s of program time%s",
	      terminal ? "\r" : "", stage * 100 / STAGES, tenths / 10,
	      tenths % 10, terminal && stage < STAGES ? " " : "\n");
}

/* Its pid is what a process sees of a restart, if it wants to. */
static int say_if_restarted(void)
{
	static int known;
	int before = known;

	known = system_call(__NR_getpid);
	if (!before || before == known)
		return 0;
	print("process %d, restarted from the image of process %d\n", known,
	      before);
	return 1;
}

/* Waits on a condition, for a tenth of a second at most.  Returns how many
 * stages are done. */
static int await_change(void)
{
	long time = clock_now() + SECOND / 10;
	struct timespec deadline = timespec_of(time);
	int error, stage;

	mutex_lock(&lock);
	error = condition_wait_until(&changed, &lock, &deadline);
	stage = stages_done;
	mutex_unlock(&lock);
	if (error)
		check_time("condition_wait_until", time,
			   error == -ETIMEDOUT ? 0 : error);
	return stage;
}

static void show(void)
{
	int stage = 0;

	say_progress(stage, say_if_restarted());
	while (stage < STAGES) {
		stage = await_change();
		say_progress(stage, say_if_restarted());
	}
}

/* ---- All of them ----------------------------------------------------- */

static void (*const others[])(void) = {
	collect, pace, show, poll, wait_for_end, send_signals,
};
static const char *const names[] = {
	"collector", "pacer", "show", "poll", "end", "signals",
};

#define OTHERS  (int)(sizeof(others) / sizeof(*others))
#define THREADS (WORKERS + OTHERS)
#define UNTIL   3		/* of the others, these end by themselves */

const int longjob_threads = THREADS + 1;

static void *run(void *argument)
{
	int index = (long)argument;

	if (index < WORKERS)
		work(index);
	else
		others[index - WORKERS]();
	return NULL;
}

static int start(struct thread **threads)
{
	struct thread_attr attr = { 0 };
	long error = system_call(__NR_pipe2, results, 0);

	if (!error)
		error = system_call(__NR_pipe2, silence, 0);
	if (!error)
		error = barrier_init(&stage_end, WORKERS);
	started = clock_now();
	for (long i = 0; i < THREADS && !error; i++) {
		attr.name = i < WORKERS ? "worker" : names[i - WORKERS];
		error = thread_create(&threads[i], &attr, run, (void *)i);
	}
	return error;
}

static void say_hello(void)
{
	int pid = system_call(__NR_getpid);

	print("process %d, %d threads\n", pid, longjob_threads);
	if (!is_terminal())
		return;
	if (!job->image)
		print("an image:      %s %d\n", job->ckpt, pid);
	print("kill it:       kill -KILL %d\n", pid);
	print("go on with it: %s %s\n", job->restart,
	      job->image ? job->image : "IMAGE");
}

static void finish(struct thread **threads)
{
	int i = 0;

	for (; i < WORKERS + UNTIL; i++)
		thread_join(threads[i], NULL);
	over = 1;
	system_call(__NR_futex, &over, FUTEX_WAKE_PRIVATE, 1);
	system_call(__NR_write, silence[1], "!", 1);
	for (; i < THREADS; i++)
		thread_join(threads[i], NULL);
}

int longjob_run(const struct longjob *what)
{
	static struct thread *threads[THREADS];
	int error;

	job = what;
	error = job->image ? 0 : checkpoint_enable(job->directory);
	if (error) {
		eprint("tofile: %s: no images here, error %d\n", job->directory,
		       -error);
		return 1;
	}
	say_hello();
	error = start(threads);
	if (error) {
		eprint("tofile: threads: error %d\n", -error);
		return 1;
	}
	finish(threads);
	if (answer != right_answer())
		print("wrong: the answer is %lx, it should be %lx\n", answer,
		      right_answer());
	else if (faults)
		print("wrong: %d timed waits; the first: %s\n", (int)faults,
		      fault);
	else
		print("right: %lx\n", answer);
	return answer != right_answer() || faults;
}
