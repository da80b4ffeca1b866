/* Case 56: threads ask for images at the same time: each gets its own.  An image
 * shows 1 to the thread that asked for it; those that had theirs already keep
 * their 0, and those whose turn had not come go on in the restarted process and
 * make theirs there.  And from where there is no asking: -EDEADLK. */
#include "crew.h"
#include "restart.h"

#define ASKERS 4

static char paths[ASKERS][128];
static struct barrier start;
static int results[ASKERS], go[2], done[2];

static void *ask(void *argument)
{
	long i = (long)argument;

	barrier_wait(&start);
	results[i] = checkpoint(paths[i]);
	return NULL;
}

/* In the restarted process the others have theirs, from there or from before. */
static void ask_all(void)
{
	struct thread *threads[ASKERS];
	int ones = 0;

	CHECK_EQUAL(barrier_init(&start, ASKERS), 0);
	for (long i = 0; i < ASKERS; i++)
		threads[i] = spawn(ask, (void *)i);
	for (long i = 0; i < ASKERS; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	for (long i = 0; i < ASKERS; i++) {
		CHECK(results[i] == 0 || results[i] == 1);
		ones += results[i];
	}
	check_childless();
	process_exit(ones);
}

static void put_aside(void)
{
	char kept[160];

	for (int i = 0; i < ASKERS; i++) {
		format(kept, sizeof kept, "%s.kept", paths[i]);
		CHECK_EQUAL(system_call(__NR_renameat2, AT_FDCWD, paths[i],
					AT_FDCWD, kept, 0), 0);
	}
}

static int remove_images(const char *end)
{
	char path[160];
	int count = 0;

	for (int i = 0; i < ASKERS; i++) {
		format(path, sizeof path, "%s%s", paths[i], end);
		count += system_call(__NR_unlinkat, AT_FDCWD, path, 0) == 0;
	}
	return count;
}

static int wait_status(int pid)
{
	int status;

	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, __WALL, 0), pid);
	return status;
}

/* The k-th image makes the others that came later. */
static void test_at_once(void)
{
	int pid = fork1(), made, seen = 0;
	char kept[160];

	CHECK(pid >= 0);
	if (pid == 0)
		ask_all();
	reap(pid);
	CHECK_EQUAL(count_images(), ASKERS);
	put_aside();
	for (int i = 0; i < ASKERS; i++) {
		format(kept, sizeof kept, "%s.kept", paths[i]);
		CHECK_EQUAL(wait_status(start_tool("restart", kept, NULL, NULL,
						   NULL)), 1 << 8);
		for (int j = 0; j < ASKERS; j++)
			if (file_version(paths[j]))
				check_whole(paths[j]);
		made = remove_images("");
		CHECK(made < ASKERS && !(seen & 1 << made));
		seen |= 1 << made;
	}
	CHECK_EQUAL(remove_images(".kept"), ASKERS);
	CHECK_EQUAL(count_images(), 0);
}

/* ---- Where there is no asking ------------------------------------------------ */

static int answers[4];			/* in a callback of each kind */

static void answer(void *number)
{
	answers[(long)number] = checkpoint(image_path);
}

static void proceed_and_answer(void *number)
{
	CHECK(checkpoint_proceed(CHECKPOINT_READY) >= 0);
	answers[(long)number] = checkpoint(image_path);
}

static void *registered(void *unused)
{
	struct callback before = { answer, (void *)1, NULL };
	struct callback after = { proceed_and_answer, (void *)2, NULL };

	CHECK_EQUAL(callback_add(&before, CALLBACK_THREAD), 0);
	CHECK_EQUAL(callback_add(&after, CALLBACK_THREAD), 0);
	tell(done);
	hear(go);
	return unused;
}

static void test_refused(void)
{
	struct thread *thread = spawn(registered, NULL);
	struct callback before = { answer, (void *)0, NULL };
	struct callback after = { proceed_and_answer, (void *)3, NULL };
	int r;

	CHECK_EQUAL(callback_add(&before, CALLBACK_PROCESS), 0);
	CHECK_EQUAL(callback_add(&after, CALLBACK_PROCESS), 0);
	hear(done);
	r = checkpoint(image_path);
	CHECK(r == 0 || r == 1);
	tell(go);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	for (int i = 0; i < 4; i++)
		CHECK_EQUAL(answers[i], -EDEADLK);
	CHECK_EQUAL(callback_remove(&before), 0);
	CHECK_EQUAL(callback_remove(&after), 0);
	if (r == 1)
		process_exit(0);
	check_restart(image_path);
	remove_file(image_path);

	answers[0] = 0;
	CHECK_EQUAL(synccall(answer, (void *)0), 0);
	CHECK_EQUAL(answers[0], -EDEADLK);
	CHECK_EQUAL(critical_enter(), 0);
	CHECK_EQUAL(checkpoint(image_path), -EDEADLK);
	CHECK_EQUAL(critical_leave(), 0);
	CHECK_EQUAL(count_images(), 0);
}

int main(void)
{
	images_begin();
	open_pipe(go);
	open_pipe(done);
	for (int i = 0; i < ASKERS; i++)
		format(paths[i], sizeof paths[i], "%s/%d", image_directory, i);
	for (int i = 0; i < 4; i++)
		test_at_once();
	test_refused();
	check_childless();
	images_end();
	return 0;
}
