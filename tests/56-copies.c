/* Case 56: copies are made while a thread waits for its image: by another thread,
 * or by a handler in that thread itself; as forkall(), as a snapshot, with fork1().
 * When the image is complete the thread is told in the original, and in each copy
 * that it is none of its affair. */
#include "crew.h"
#include "hold.h"

static char other_path[128], third_path[128];
static int go[2], ready[2], busy[2], worked[2];
static int original, in_restarted, from_handler[3], queued_result;
static int own_descriptors;
static struct semaphore handled;
static struct thread *main_thread;

static void handler(int signal)
{
	int pid;

	(void)signal;
	from_handler[0] = checkpoint(third_path);
	pid = forkall();
	from_handler[1] = pid;
	semaphore_post(&handled);
}

/* Comes second; in a copy nobody is before it any more. */
static void *queue(void *unused)
{
	queued_result = checkpoint(other_path);
	return unused;
}

static int copies[5], copy_count, dormant;

/* They have a share in what the writer writes to, and wait for its end, too.  0 in
 * a copy. */
static int make_copies(void)
{
	int pid = forkall();

	CHECK(pid >= 0);
	if (pid == 0)
		return 0;
	copies[copy_count++] = pid;
	dormant = snapshot();
	CHECK(dormant >= 0);
	if (dormant == 0)
		return 0;
	pid = snapshot_resume(dormant);
	CHECK(pid > 0);
	copies[copy_count++] = pid;
	return 1;
}

/* And one comes to life only then. */
static void end_copies(void)
{
	int pid = snapshot_resume(dormant);

	CHECK(pid > 0);
	reap(pid);
	CHECK_EQUAL(snapshot_discard(dormant), 0);
	for (int i = 0; i < copy_count; i++)
		reap(copies[i]);
}

/* Alone, and free to ask. */
static void check_alone(void)
{
	int pid = fork1(), r;

	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK_EQUAL(count_descriptors(), own_descriptors);
		r = checkpoint(third_path);
		CHECK(r == 0 || r == 1);
		check_childless();
		CHECK_EQUAL(proc_field("/proc/self/status", "Threads:"), 1);
		process_exit(0);
	}
	reap(pid);
	check_restart(third_path);
	remove_file(third_path);
}

static void *work(void *unused)
{
	struct thread *queued;

	hear(busy);
	if (load(&in_restarted))
		return unused;
	check_alone();
	if (!make_copies())
		return unused;

	CHECK_EQUAL(system_call(__NR_tgkill, original, thread_tid(main_thread),
				SIGUSR1), 0);
	CHECK_EQUAL(semaphore_wait(&handled), 0);
	CHECK_EQUAL(from_handler[0], -EDEADLK);
	if (getpid() != original)
		return unused;
	CHECK(from_handler[1] > 0);
	copies[copy_count++] = from_handler[1];

	queued = spawn(queue, NULL);
	wait_asleep(thread_tid(queued));
	tell(worked);
	CHECK_EQUAL(thread_join(queued, NULL), 0);
	CHECK(queued_result == 0 || queued_result == 1);
	if (queued_result == 0)
		end_copies();
	return unused;
}

static void program(void)
{
	struct signal_action action = { handler, SA_RESTART, 0 };
	struct thread *worker;
	int r;

	original = getpid();
	own_descriptors = count_descriptors();
	main_thread = thread_self();
	CHECK_EQUAL(signal_action(SIGUSR1, &action, NULL), 0);
	crew_muster(4);
	worker = spawn(work, NULL);
	tell(ready);
	hear(go);
	r = checkpoint(image_path);
	if (r == 1) {
		store(&in_restarted, 1);
		tell(busy);
	} else if (r != 0) {
		CHECK_EQUAL(r, -ECANCELED);
		CHECK(getpid() != original);
		CHECK_EQUAL(count_descriptors(), own_descriptors);
		check_childless();
	}
	CHECK_EQUAL(thread_join(worker, NULL), 0);
	crew_roll_call();
	crew_dismiss();
	process_exit(0);
}

static void test(void)
{
	int pid = fork1(), writer;

	CHECK(pid >= 0);
	if (pid == 0)
		program();
	hear(ready);
	hold_begin(pid);
	tell(go);
	writer = hold_writer(pid);
	tell(busy);
	hear(worked);
	CHECK_EQUAL(count_images(), 0);
	hold_end(writer);
	reap(pid);
	CHECK_EQUAL(count_images(), 2);
	check_restart(image_path);
	check_restart(other_path);
	remove_file(image_path);
	remove_file(other_path);
}

int main(void)
{
	images_begin();
	format(other_path, sizeof other_path, "%s.2", image_path);
	format(third_path, sizeof third_path, "%s.3", image_path);
	open_pipe(go);
	open_pipe(ready);
	open_pipe(busy);
	open_pipe(worked);
	for (int i = 0; i < 5; i++)
		test();
	check_childless();
	images_end();
	return 0;
}
