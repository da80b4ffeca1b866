/* Case 57: a callback of a thread fails, for now, for good, or to omit the
 * process.  No copy is made; the request and everybody's checkpoint_proceed()
 * return the reason, and the next request goes well. */
#include "shot.h"

#define THREADS 4

static struct part {
	struct callback outer, inner;
	int flags, own, others;		/* what inner says; what they hear */
} parts[THREADS];

static struct semaphore ready, heard;
static int done;

static void outer(void *argument)
{
	struct part *p = argument;

	p->others = checkpoint_proceed(CHECKPOINT_READY);
	semaphore_post(&heard);
}

static void inner(void *argument)
{
	struct part *p = argument;

	p->own = checkpoint_proceed(p->flags);
}

static void *thread(void *argument)
{
	struct part *p = argument;

	p->outer = (struct callback){ outer, p, NULL };
	p->inner = (struct callback){ inner, p, NULL };
	CHECK_EQUAL(callback_add(&p->inner, CALLBACK_THREAD), 0);
	CHECK_EQUAL(callback_add(&p->outer, CALLBACK_THREAD), 0);
	semaphore_post(&ready);
	while (!load(&done))
		;
	return NULL;
}

static void *other(void *unused)
{
	semaphore_post(&ready);
	while (!load(&done))
		;
	return unused;
}

/* One says flags. */
static void request(struct part *one, int flags, int own, int all)
{
	shot_pid = 0;
	one->flags = flags;
	CHECK_EQUAL(callbacks_run(shot), all);
	CHECK_EQUAL(callbacks_refused(), 1);
	CHECK_EQUAL(shot_pid, 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQUAL(semaphore_wait(&heard), 0);
	for (int i = 0; i < THREADS; i++) {
		CHECK_EQUAL(parts[i].others, all);
		CHECK_EQUAL(parts[i].own, &parts[i] == one ? own : all);
	}
	one->flags = CHECKPOINT_READY;
}

int main(void)
{
	struct thread *threads[THREADS], *another = spawn(other, NULL);
	int r;

	for (int i = 0; i < THREADS; i++)
		threads[i] = spawn(thread, &parts[i]);
	for (int i = 0; i <= THREADS; i++)
		semaphore_wait(&ready);
	for (int i = 0; i < 2; i++) {
		request(&parts[0], CHECKPOINT_TEMPORARY, -EAGAIN, -EAGAIN);
		request(&parts[1], CHECKPOINT_OMIT, 0, -ENODATA);
		request(&parts[2], CHECKPOINT_PERMANENT, -ECANCELED,
			-ECANCELED);
		request(&parts[3], CHECKPOINT_PERMANENT | CHECKPOINT_ERROR(5),
			-5, -5);
	}
	r = callbacks_run(shot);
	CHECK(r >= 0);
	CHECK_EQUAL(callbacks_refused(), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQUAL(semaphore_wait(&heard), 0);
	for (int i = 0; i < THREADS; i++) {
		CHECK_EQUAL(parts[i].others, r);
		CHECK_EQUAL(parts[i].own, r);
	}
	store(&done, 1);
	CHECK_EQUAL(thread_join(another, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	if (r == 0)
		reap(shot_pid);
	return 0;
}
