/* Case 14: a stop, or a fork, at every single instruction of a thread's life: of
 * thread_create() in the creator, of the new thread from its first instruction to
 * its last, of the main thread's end, of thread_join() and thread_detach().  Each
 * thread runs once, here and in the copy, and its stack is freed. */
#include "every.h"
#include "one_processor.h"
#include "thread.h"

static int count;
static long mappings;
static struct thread *other, *newborn;
static struct semaphore semaphore;
static struct mutex robust;

static void *run_once(void *argument)
{
	count++;
	return argument;
}

static void begin(void)
{
	mappings = count_mappings();
}

/* What had been detached may take a moment to be gone. */
static void check_end(void)
{
	await_threads(1);
	CHECK_EQUAL(count, 1);
	CHECK(count_mappings() <= mappings);
}

static void create(void)
{
	void *result;

	CHECK_EQUAL(thread_create(&other, NULL, run_once, &count), 0);
	CHECK_EQUAL(thread_join(other, &result), 0);
	CHECK_EQUAL((long)result, (long)&count);
}

static void create_detached(void)
{
	struct thread_attr attr = { .detached = 1, .name = "detached" };

	CHECK_EQUAL(thread_create(NULL, &attr, run_once, NULL), 0);
}

/* ---- A new thread --------------------------------------------------------- */

static void *born(void *unused)
{
	return run_once(unused);
}

static void *join_born(void *argument)
{
	CHECK_EQUAL(semaphore_wait(&semaphore), 0);
	CHECK_EQUAL(thread_join(newborn, NULL), 0);
	return argument;
}

static void begin_joined(void)
{
	begin();
	other = spawn(join_born, NULL);
}

static void *born_joined(void *unused)
{
	newborn = thread_self();
	CHECK_EQUAL(semaphore_post(&semaphore), 0);
	return run_once(unused);
}

static void check_joined(void)
{
	CHECK_EQUAL(thread_join(other, NULL), 0);
	check_end();
}

static void init_robust(void)
{
	CHECK_EQUAL(mutex_init(&robust, MUTEX_ROBUST), 0);
	begin();
}

static void *born_holding(void *unused)
{
	CHECK_EQUAL(mutex_lock(&robust), 0);
	return run_once(unused);
}

static void check_abandoned(void)
{
	CHECK_EQUAL(mutex_trylock(&robust), -EOWNERDEAD);
	CHECK_EQUAL(mutex_consistent(&robust), 0);
	CHECK_EQUAL(mutex_unlock(&robust), 0);
	check_end();
}

/* ---- The end of another --------------------------------------------------- */

static void *run_released(void *argument)
{
	CHECK_EQUAL(semaphore_wait(&semaphore), 0);
	return run_once(argument);
}

static void begin_running(void)
{
	begin();
	other = spawn(run_released, &count);
}

static void begin_ended(void)
{
	begin();
	other = spawn(run_once, &count);
	await_threads(1);
}

static void release(void)
{
	CHECK_EQUAL(semaphore_post(&semaphore), 0);
}

static void join(void)
{
	void *result;

	CHECK_EQUAL(thread_join(other, &result), 0);
	CHECK_EQUAL((long)result, (long)&count);
}

static void detach(void)
{
	CHECK_EQUAL(thread_detach(other), 0);
}

static _Noreturn void end_main(void)
{
	count++;
	thread_exit(NULL);
}

static void check_main(void)
{
	CHECK_EQUAL(count, 1);
	CHECK_EQUAL((long)leader, 0);
}

int main(int argc, char **argv)
{
	static const struct act acts[] = {
		{ "create", begin, create, .end = check_end, .least = 200 },
		{ "create detached", begin, create_detached, .end = check_end,
		  .least = 200 },
		{ "life", begin, .actor = NEWBORN, .born = born,
		  .end = check_end, .least = 100 },
		{ "joined life", begin_joined, .actor = JOINED,
		  .born = born_joined, .end = check_joined, .least = 100 },
		{ "detached life", begin, .actor = DETACHED, .born = born,
		  .end = check_end, .least = 100 },
		{ "life with a lock", init_robust, .actor = NEWBORN,
		  .born = born_holding, .end = check_abandoned, .least = 100 },
		{ "the main thread's end", .actor = MAIN, .act = end_main,
		  .end = check_main, .least = 50 },
		{ "join", begin_running, join, .release = release,
		  .end = check_end, .least = 60 },
		{ "join late", begin_ended, join, .end = check_end,
		  .least = 30 },
		{ "detach", begin_running, detach, .release = release,
		  .end = check_end, .least = 20 },
		{ "detach late", begin_ended, detach, .end = check_end,
		  .least = 30 },
	};

	use_one_processor();
	every_begin(argc, argv, sizeof acts / sizeof *acts);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		every_instruction(&acts[i]);
	return 0;
}
