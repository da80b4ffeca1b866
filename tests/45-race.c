/* Case 45: threads lock and unlock robust mutexes all the time while copies are
 * made: whoever holds one, its word has the holder's thread id of that process.
 * Hard because a stop can come between reading the id and writing it. */
#include "test.h"
#include <linux/futex.h>

static struct mutex shared;
static long counter, checked;		/* under the mutex */
static int stop, wanted;
static struct semaphore gone_on;

/* Both are of the same process if the id is the same before and after. */
static void check_word(struct mutex *m)
{
	int tid, word;

	do {
		tid = thread_tid(thread_self());
		word = load(&m->word);
	} while (tid != thread_tid(thread_self()));
	CHECK_EQUAL(word & FUTEX_TID_MASK, tid);
}

static void *worker(void *unused)
{
	struct mutex own;

	CHECK_EQUAL(mutex_init(&own, MUTEX_ROBUST | MUTEX_ERRORCHECK), 0);
	while (!load(&stop)) {
		for (int i = 0; i < 100; i++) {
			CHECK_EQUAL(mutex_lock(&own), 0);
			check_word(&own);
			CHECK_EQUAL(mutex_unlock(&own), 0);
		}
		CHECK_EQUAL(mutex_lock(&shared), 0);
		check_word(&shared);
		counter++;
		checked++;
		if (load(&wanted) && add(&wanted, -1) == 0)
			CHECK_EQUAL(semaphore_post(&gone_on), 0);
		CHECK_EQUAL(mutex_unlock(&shared), 0);
	}
	return unused;
}

/* The workers go on for a while, in every copy. */
static void go_on(void)
{
	store(&wanted, 4);
	CHECK_EQUAL(semaphore_wait(&gone_on), 0);
}

static void check_threads(int count, int copies)
{
	struct thread *workers[64];
	int pid = 0;

	CHECK_EQUAL(mutex_init(&shared, MUTEX_ROBUST), 0);
	stop = 0;
	for (int i = 0; i < count; i++)
		workers[i] = spawn(worker, NULL);
	for (int i = 0; i < copies; i++) {
		go_on();
		pid = forkall();
		CHECK(pid >= 0);
		if (pid == 0)
			break;
		reap(pid);
	}
	go_on();
	store(&stop, 1);
	for (int i = 0; i < count; i++)
		CHECK_EQUAL(thread_join(workers[i], NULL), 0);
	CHECK_EQUAL(counter, checked);
	if (pid == 0)
		process_exit(0);
}

int main(void)
{
	check_threads(1, 20);
	check_threads(2, 20);
	check_threads(8, 5);
	check_threads(64, 1);
	return 0;
}
