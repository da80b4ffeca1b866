/* Case 57: callbacks around a true checkpoint.  They nest as function calls do, and
 * what is on the way back is in the image: each checkpoint_proceed() returns 0
 * in the original and 1 in the restarted process.  One may refuse, forget to
 * proceed, or register another; what it closes is closed in the restarted process
 * alone. */
#include "proc.h"
#include "restart.h"

#define NOTHING 77
#define THREADS 3

static struct part {
	struct callback callback;
	int flags, silent, got;
	char name;
} parts[3], added, own;

static struct { struct callback callback; int flags, got, done; }
	theirs[THREADS];
static struct semaphore ready, heard;
static int finished, half_pipe[2], to_close = -1;

static char order[64];
static int at;

static void note(char c)
{
	order[at++] = c;
	order[at] = 0;
}

static void call(void *argument)
{
	struct part *p = argument;

	note(p->name);
	if (p == &parts[0] && to_close >= 0)
		CHECK_EQUAL(checkpoint_close(to_close), 0);
	if (p == &own)
		CHECK_EQUAL(checkpoint_close(0), -EPERM);
	if (p == &parts[2] && !added.name) {
		added = (struct part){ { call, &added, NULL }, 0, 0, 0, 'd' };
		CHECK_EQUAL(callback_add(&added.callback, CALLBACK_PROCESS), 0);
	}
	if (p->silent)
		return;
	p->got = checkpoint_proceed(p->flags);
	note(p->name - 'a' + 'A');
}

static void call_theirs(void *argument)
{
	long i = (long)argument;

	theirs[i].got = checkpoint_proceed(theirs[i].flags);
	store(&theirs[i].done, 1);
	semaphore_post(&heard);
}

static void *thread(void *argument)
{
	long i = (long)argument;

	theirs[i].callback = (struct callback){ call_theirs, argument, NULL };
	CHECK_EQUAL(callback_add(&theirs[i].callback, CALLBACK_THREAD), 0);
	semaphore_post(&ready);
	while (!load(&finished))
		;
	return NULL;
}

/* A request; returns what it did, which all have heard, but for those that were
 * not called. */
static int request(const char *expected, int asked)
{
	int r;

	at = 0;
	for (int i = 0; i < 3; i++)
		parts[i].got = NOTHING;
	own.got = added.got = NOTHING;
	for (int i = 0; i < THREADS; i++)
		theirs[i].got = NOTHING;
	r = checkpoint(image_path);
	if (strcmp(order, expected) != 0) {
		eprint("%s, not %s\n", order, expected);
		process_exit(FAILED);
	}
	for (int i = 0; i < THREADS && asked; i++)
		CHECK_EQUAL(semaphore_wait(&heard), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQUAL(theirs[i].got, !asked ? NOTHING :
			    theirs[i].flags == CHECKPOINT_OMIT ? 0 : r);
	CHECK_EQUAL(own.got, !asked ? NOTHING : r);
	return r;
}

static void check_descriptors(int result)
{
	if (to_close >= 0)
		CHECK_EQUAL(system_call(__NR_fcntl, to_close, F_GETFD),
			    result ? -EBADF : 0);
}

/* The image is made; the restarted process ends here. */
static void expect_image(const char *expected)
{
	int r = request(expected, 1);

	CHECK(r == 0 || r == 1);
	check_descriptors(r);
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(parts[i].got, parts[i].silent ? NOTHING : r);
	if (strlen(expected) > 8)
		CHECK_EQUAL(added.got, r);
	if (r == 0) {
		check_restart(image_path);
		return;
	}
	check_childless();
	process_exit(0);
}

static void expect_failure(int error, const char *expected, int asked)
{
	unsigned long version = file_version(image_path);

	CHECK_EQUAL(request(expected, asked), error);
	CHECK(file_version(image_path) == version);
	CHECK_EQUAL(count_images(), 1);
	check_childless();
}

static void test_refusals(void)
{
	static const struct { int flags, error; } say[] = {
		{ CHECKPOINT_TEMPORARY, -EAGAIN },
		{ CHECKPOINT_PERMANENT, -ECANCELED },
		{ CHECKPOINT_PERMANENT | CHECKPOINT_ERROR(5), -5 },
		{ CHECKPOINT_OMIT, -ENODATA },
	};

	for (int i = 0; i < 4; i++) {
		parts[1].flags = say[i].flags;
		expect_failure(say[i].error, "dcbBCD", 0);
		parts[1].flags = CHECKPOINT_READY;

		theirs[1].flags = say[i].flags;
		expect_failure(say[i].error, "dcbarRABCD", 1);
		theirs[1].flags = CHECKPOINT_READY;
	}
}

/* Of a pipe to ourselves, one end; it cannot be restored. */
static void test_close(void)
{
	open_pipe(half_pipe);
	system_call(__NR_close, half_pipe[0]);
	to_close = half_pipe[1];
	expect_image("dcbarRABCD");
	system_call(__NR_close, to_close);
	to_close = -1;
}

int main(void)
{
	struct thread *threads[THREADS];

	images_begin();
	own = (struct part){ { call, &own, NULL }, 0, 0, 0, 'r' };
	CHECK_EQUAL(callback_add(&own.callback, CALLBACK_THREAD), 0);
	for (int i = 0; i < 3; i++) {
		parts[i] = (struct part){ { call, &parts[i], NULL }, 0, 0, 0,
					  (char)('a' + i) };
		CHECK_EQUAL(callback_add(&parts[i].callback, CALLBACK_PROCESS),
			    0);
	}
	for (long i = 0; i < THREADS; i++)
		threads[i] = spawn(thread, (void *)i);
	for (int i = 0; i < THREADS; i++)
		semaphore_wait(&ready);
	expect_image("cbarRABC");
	expect_image("dcbarRABCD");
	test_refusals();
	test_close();
	parts[1].silent = 1;
	expect_image("dcbarRACD");
	store(&finished, 1);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	remove_file(image_path);
	images_end();
	return 0;
}
