/* Case 60: while an image is being written only the thread that asked for it waits:
 * however long that takes, or if the writer is stopped by SIGSTOP, the others run
 * on, come and go, and stop one another. */
#include "crew.h"
#include "hold.h"

#define THREADS 8

static int go[2], busy[2], worked[2];
static long counter;
static int returned, ended;

static void *count(void *unused)
{
	while (!load(&ended))
		add(&counter, 1);
	return unused;
}

static void *short_life(void *argument)
{
	return argument;
}

static void tick(void *runs)
{
	++*(int *)runs;
}

/* The image knows nothing of all this: it is older. */
static void *work(void *unused)
{
	void *result;
	long before;
	int runs = 0;

	hear(busy);
	before = load(&counter);
	while (load(&counter) < before + 100000)
		system_call(__NR_sched_yield);
	for (long i = 0; i < THREADS; i++) {
		CHECK_EQUAL(thread_join(spawn(short_life, (void *)i), &result),
			    0);
		CHECK_EQUAL(result, i);
	}
	CHECK_EQUAL(synccall(tick, &runs), 0);
	CHECK_EQUAL(runs, THREADS + 2);
	CHECK_EQUAL(critical_enter(), 0);	/* the image is taken */
	CHECK_EQUAL(critical_leave(), 0);
	CHECK_EQUAL(load(&returned), 0);
	tell(worked);
	return unused;
}

static void program(void)
{
	struct thread *counting, *working;
	int r;

	crew_muster(THREADS);
	counting = spawn(count, NULL);
	working = spawn(work, NULL);
	tell(worked);
	hear(go);
	r = checkpoint(image_path);
	store(&returned, 1);
	CHECK(r == 0 || r == 1);
	if (r == 1) {
		returned = 0;
		tell(busy);
		CHECK_EQUAL(thread_join(working, NULL), 0);
		hear(worked);
	} else {
		CHECK_EQUAL(thread_join(working, NULL), 0);
		check_childless();
	}
	store(&ended, 1);
	CHECK_EQUAL(thread_join(counting, NULL), 0);
	crew_roll_call();
	crew_dismiss();
	process_exit(0);
}

static void test(int stopped)
{
	int pid = fork1(), writer;

	CHECK(pid >= 0);
	if (pid == 0)
		program();
	hear(worked);
	hold_begin(pid);
	tell(go);
	writer = hold_writer(pid);
	if (stopped) {
		CHECK_EQUAL(hold_step(writer, 20), 1);
		CHECK_EQUAL(system_call(__NR_kill, writer, SIGSTOP), 0);
		hold_end(writer);
	}
	tell(busy);
	hear(worked);
	if (stopped)
		CHECK_EQUAL(system_call(__NR_kill, writer, SIGCONT), 0);
	else
		hold_end(writer);
	reap(pid);
	CHECK_EQUAL(count_images(), 1);
	check_restart(image_path);
	remove_file(image_path);
}

int main(void)
{
	images_begin();
	open_pipe(go);
	open_pipe(busy);
	open_pipe(worked);
	for (int i = 0; i < 6; i++)
		test(i % 2);
	check_childless();
	images_end();
	return 0;
}
