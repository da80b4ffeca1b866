/* Case 57: callbacks of threads run in the thread that has registered them, as a
 * part of its stop: computing, in a call or waiting for a lock.  They hear 0 in
 * P and 1 in the copy, the requester's own too; and in them nothing can be
 * stopped, copied or created. */
#include "shot.h"

#define THREADS 7

struct parts {
	struct callback first, second;
	int before, after, got;
};

static struct parts parts[THREADS + 1];
static struct semaphore ready, go;
static struct mutex lock;
static int done;
static _Thread_local int number;

static void nothing(void *unused)
{
	(void)unused;
}

static void *no_thread(void *unused)
{
	return unused;
}

static void check_refusals(int in_stop)
{
	if (!in_stop)
		return;
	CHECK_EQUAL(forkall(), -EDEADLK);
	CHECK_EQUAL(fork1(), -EDEADLK);
	CHECK_EQUAL(snapshot(), -EDEADLK);
	CHECK_EQUAL(synccall(nothing, NULL), -EDEADLK);
	CHECK_EQUAL(thread_create(&(struct thread *){ NULL }, NULL, no_thread,
				  NULL), -EDEADLK);
	CHECK_EQUAL(callback_add(&parts[0].first, CALLBACK_THREAD), -EDEADLK);
	CHECK_EQUAL(callback_remove(&parts[0].first), -EDEADLK);
}

static void first(void *argument)
{
	struct parts *p = argument;

	CHECK_EQUAL(p - parts, number);
	CHECK_EQUAL(p->before, 1);
	p->before = 2;
	p->got = checkpoint_proceed(CHECKPOINT_READY);
	p->after = 1;
}

static void second(void *argument)
{
	struct parts *p = argument;
	int r;

	CHECK_EQUAL(p - parts, number);
	CHECK_EQUAL(critical_leave(), -EPERM);
	CHECK_EQUAL(critical_enter(), 0);	/* although it is closed */
	check_refusals(number);
	CHECK_EQUAL(checkpoint_close(0), -EPERM);
	p->before = 1;
	CHECK_EQUAL(sleep_for(1000), 0);	/* a call inside another */
	r = checkpoint_proceed(CHECKPOINT_READY);
	CHECK_EQUAL(r, p->got);
	CHECK_EQUAL(checkpoint_proceed(CHECKPOINT_READY), -EALREADY);
	CHECK_EQUAL(p->after, 1);
	p->after = 2;
	check_refusals(number);
	CHECK_EQUAL(sleep_for(1000), 0);
	CHECK_EQUAL(critical_leave(), 0);
}

static void add_parts(int n)
{
	struct parts *p = &parts[n];

	number = n;
	p->first = (struct callback){ first, p, NULL };
	p->second = (struct callback){ second, p, NULL };
	CHECK_EQUAL(callback_add(&p->first, CALLBACK_THREAD), 0);
	CHECK_EQUAL(callback_add(&p->first, CALLBACK_THREAD), -EEXIST);
	CHECK_EQUAL(callback_add(&p->second, CALLBACK_THREAD), 0);
	CHECK_EQUAL(callback_remove(&p->first), 0);
	CHECK_EQUAL(callback_remove(&p->first), -ENOENT);
	CHECK_EQUAL(callback_remove(&p->second), 0);
	CHECK_EQUAL(callback_add(&p->first, CALLBACK_THREAD), 0);
	CHECK_EQUAL(callback_add(&p->second, CALLBACK_THREAD), 0);
}

static void *thread(void *n)
{
	add_parts((int)(long)n);
	semaphore_post(&ready);
	switch (number % 3) {
	case 0:
		while (!load(&done))
			;
		break;
	case 1:
		CHECK_EQUAL(semaphore_wait(&go), 0);
		break;
	case 2:
		CHECK_EQUAL(mutex_lock(&lock), 0);
		CHECK_EQUAL(mutex_unlock(&lock), 0);
	}
	CHECK_EQUAL(critical_leave(), -EPERM);
	return NULL;
}

static int request(void)
{
	int r;

	for (int i = 0; i <= THREADS; i++)
		parts[i].before = parts[i].after = parts[i].got = 0;
	CHECK_EQUAL(critical_close(1000), 0);
	r = callbacks_run(shot);
	critical_open();
	return r;
}

static void check_parts(int r)
{
	for (int i = 0; i <= THREADS; i++) {
		while (load(&parts[i].after) != 2)	/* it may still be */
			system_call(__NR_sched_yield);	/* in its callbacks */
		CHECK_EQUAL(parts[i].before, 2);
		CHECK_EQUAL(parts[i].got, r);
	}
}

int main(void)
{
	struct thread *threads[THREADS];
	int r, pid, copies[3];

	CHECK_EQUAL(mutex_lock(&lock), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = spawn(thread, (void *)(i + 1L));
	for (int i = 0; i < THREADS; i++)
		semaphore_wait(&ready);
	add_parts(0);

	for (int i = 0; i < 3; i++) {
		r = request();
		CHECK(r >= 0);
		copies[i] = shot_pid;
		if (r == 1)			/* those are P's */
			copies[0] = copies[1] = copies[2] = 0;
		check_parts(r);
		CHECK_EQUAL(callback_remove(&parts[1].first), -ENOENT);
	}
	/* Other stops do not call them. */
	parts[1].before = 0;
	pid = forkall();
	CHECK(pid >= 0);
	CHECK_EQUAL(parts[1].before, 0);

	store(&done, 1);
	for (int i = 0; i < THREADS; i++)
		semaphore_post(&go);
	CHECK_EQUAL(mutex_unlock(&lock), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	for (int i = 0; pid && i < 3; i++)
		if (copies[i])
			reap(copies[i]);
	if (pid)
		reap(pid);
	return 0;
}
