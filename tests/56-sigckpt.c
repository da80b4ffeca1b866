/* Case 56: SIGCKPT by a plain kill has a program that has enabled checkpoints write
 * its image.  The program may block, ignore or replace the signal.  A copy writes
 * its own, and so does a restarted process; what it inherits of requests for others
 * it throws away. */
#include "asked.h"

#define THREADS 4
#define RESTARTED 42

static int caught;

static void handler(int signal)
{
	CHECK_EQUAL(signal, SIGCKPT);
	add(&caught, 1);
}

/* The restarted process makes an image of its own, and that is all. */
static void end_restarted(void)
{
	unsigned long before = file_version(asked_path(getpid()));

	crew_roll_call();
	ask_plainly(getpid());
	await_asked();
	crew_roll_call();
	if (asked_result == 0)
		CHECK(file_version(asked_path(getpid())) != before);
	process_exit(asked_result ? RESTARTED + 1 : RESTARTED);
}

/* An image of this process, which is to be asked for in a moment, is awaited. */
static void await_image(void)
{
	await_asked();
	if (asked_result == 1)
		end_restarted();
	CHECK_EQUAL(asked_result, 0);
	crew_roll_call();
	await_childless();
}

static int wait_exit(int pid)
{
	int status;

	CHECK_EQUAL(system_call(__NR_wait4, pid, &status, __WALL, 0), pid);
	return status;
}

/* From its image comes a process with its pid in its image's name, and so on. */
static void check_restarted(const char *image)
{
	int pid = start_tool("restart", image, NULL, NULL, NULL);
	char second[512];

	CHECK_EQUAL(wait_exit(pid), RESTARTED << 8);
	format(second, sizeof second, "%s", asked_path(pid));
	CHECK(file_version(second));
	CHECK_EQUAL(count_images(), 2);
	pid = start_tool("restart", second, NULL, NULL, NULL);
	CHECK_EQUAL(wait_exit(pid), (RESTARTED + 1) << 8);
	CHECK_EQUAL(count_images(), 2);
	remove_file(second);
}

static void check_image(void)
{
	CHECK_EQUAL(count_images(), 1);
	check_restarted(asked_path(getpid()));
	remove_file(asked_path(getpid()));
}

static int is_pending(void)
{
	unsigned long set;

	system_call(__NR_rt_sigpending, &set, sizeof set);
	return set >> (SIGCKPT - 1) & 1;
}

/* All threads but the library's inherit the mask. */
static void test_blocked(void)
{
	unsigned long set = 1UL << (SIGCKPT - 1);

	CHECK_EQUAL(signal_mask(SIG_BLOCK, &set, NULL), 0);
	crew_muster(THREADS);
	ask_plainly(getpid());
	crew_roll_call();
	CHECK_EQUAL(is_pending(), 1);
	CHECK_EQUAL(count_images(), 0);
	CHECK_EQUAL(signal_mask(SIG_UNBLOCK, &set, NULL), 0);
	await_image();
	check_image();
	crew_dismiss();
}

static void test_not_ours(void)
{
	struct signal_action ignore = { (void (*)(int))SIG_IGN, 0, 0 };
	struct signal_action replace = { handler, SA_RESTART, 0 }, old;
	int count = asked_count;

	CHECK_EQUAL(signal_action(SIGCKPT, &ignore, &old), 0);
	ask_plainly(getpid());
	crew_roll_call();
	CHECK_EQUAL(signal_action(SIGCKPT, &replace, NULL), 0);
	for (int i = 0; i < 3; i++)
		ask_plainly(getpid());
	while (load(&caught) < 3)
		system_call(__NR_sched_yield);
	CHECK_EQUAL(signal_action(SIGCKPT, &old, NULL), 0);
	ask_plainly(getpid());
	await_image();
	CHECK_EQUAL(asked_count, count + 1);
	check_image();
}

static void *copy(void *argument)
{
	struct semaphore *posted = argument;
	int pid = forkall();

	CHECK(pid >= 0);
	semaphore_post(posted);
	return (void *)(long)pid;
}

/* Of a copy, each side under its own pid; and the copy is made by a thread. */
static void test_copy(void)
{
	static struct semaphore posted;
	struct thread *thread = spawn(copy, &posted);
	void *pid;

	CHECK_EQUAL(semaphore_wait(&posted), 0);
	CHECK_EQUAL(thread_join(thread, &pid), 0);
	if (pid) {
		reap((int)(long)pid);
		ask_plainly(getpid());
		await_image();
	} else {
		ask_plainly(getpid());
		await_image();
		check_image();
		process_exit(0);
	}
	check_image();
}

/* Copied while a request is being served, the callback has not proceeded yet. */
static struct semaphore in_callback, leave_callback;

static void linger(void *unused)
{
	(void)unused;
	semaphore_post(&in_callback);
	CHECK_EQUAL(semaphore_wait(&leave_callback), 0);
}

static void test_inherited(void)
{
	struct callback callback = { linger, NULL, NULL };
	char path[512];
	int original = getpid(), pid;

	format(path, sizeof path, "%s", asked_path(original));
	CHECK_EQUAL(callback_add(&callback, CALLBACK_PROCESS), 0);
	ask_plainly(original);
	CHECK_EQUAL(semaphore_wait(&in_callback), 0);
	for (int i = 0; i < 3; i++)
		ask_plainly(original);
	pid = forkall();
	CHECK(pid >= 0);
	semaphore_post(&leave_callback);
	if (pid == 0) {
		/* It does not finish that; only its own one. */
		await_taken(-ECANCELED);
		ask_plainly(getpid());
		CHECK_EQUAL(semaphore_wait(&in_callback), 0);
		semaphore_post(&leave_callback);
		await_taken(0);
		remove_file(asked_path(getpid()));
		process_exit(0);
	}
	await_taken(0);
	remove_file(path);
	reap(pid);
	for (int i = 0; i < 3; i++) {
		CHECK_EQUAL(semaphore_wait(&in_callback), 0);
		semaphore_post(&leave_callback);
		await_taken(0);
	}
	CHECK_EQUAL(count_images(), 1);
	remove_file(path);
	CHECK_EQUAL(callback_remove(&callback), 0);
}

/* A child by fork1() has no thread that serves, until it enables it. */
static void test_fork1(void)
{
	int pid = fork1();

	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK_EQUAL(checkpoint_enable(image_directory), 0);
		check_asked();
		CHECK_EQUAL(checkpoint_enable(NULL), 0);
		ask_plainly(getpid());
		process_exit(FAILED);
	}
	CHECK_EQUAL(wait_exit(pid) & 0x7f, SIGCKPT);
	CHECK_EQUAL(count_images(), 0);
}

int main(void)
{
	images_begin();
	asked_begin();
	test_blocked();
	crew_muster(THREADS);
	ask_plainly(getpid());
	await_image();
	check_image();
	test_not_ours();
	test_copy();
	test_inherited();
	crew_dismiss();
	test_fork1();
	await_childless();
	images_end();
	return 0;
}
