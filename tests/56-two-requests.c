/* Case 56: two requests at once, from two threads or from two processes: two
 * resumes succeed, with two new processes; of a resume and two discards a
 * discard succeeds, and the resume does, or finds no snapshot.  Hard because an
 * answer is a signal: it must reach who asked, once, and nobody else. */
#include "proc.h"
#include "crew.h"

#define ROUNDS 12

enum request { RESUME, DISCARD };

static struct shared {
	int asking;			/* they start together */
	int resumed;			/* processes that have run whole */
	int results[3];
} *shared;

static unsigned long seed;
static int pid;				/* of the snapshot */
static enum request requests[3];

/* A little early or late. */
static void ask(int i, int count, unsigned delay)
{
	add(&shared->asking, 1);
	while (load(&shared->asking) < count)
		system_call(__NR_sched_yield);
	for (volatile unsigned n = delay % 20000; n; n--)
		;
	shared->results[i] = requests[i] == RESUME ? snapshot_resume(pid) :
		snapshot_discard(pid);
}

struct asker { int number, count; unsigned delay; };

static void *asker(void *argument)
{
	struct asker *a = argument;

	ask(a->number, a->count, a->delay);
	return NULL;
}

static void ask_from_threads(int count)
{
	struct thread *threads[3];
	struct asker askers[3];

	for (int i = 0; i < count; i++) {
		askers[i] = (struct asker){ i, count, random_next(&seed) };
		threads[i] = spawn(asker, &askers[i]);
	}
	for (int i = 0; i < count; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
}

static void ask_from_processes(int count)
{
	int others[3];
	unsigned delay;

	for (int i = 0; i < count; i++) {
		delay = random_next(&seed);
		others[i] = fork1();
		CHECK(others[i] >= 0);
		if (others[i] == 0) {
			ask(i, count, delay);
			process_exit(0);
		}
	}
	for (int i = 0; i < count; i++)
		reap(others[i]);
}

/* A resumed process calls its roll, and ends. */
static int take(void)
{
	int r = snapshot();

	CHECK(r >= 0);
	if (r == 0) {
		crew_roll_call();
		crew_dismiss();
		add(&shared->resumed, 1);
		process_exit(0);
	}
	return r;
}

static void test_resumes(void (*ask_from)(int))
{
	int *r = shared->results;

	requests[0] = requests[1] = RESUME;
	pid = take();
	for (int i = 0; i < ROUNDS; i++) {
		shared->asking = shared->resumed = 0;
		ask_from(2);
		CHECK(r[0] > 0 && r[1] > 0);
		CHECK(r[0] != r[1] && r[0] != pid && r[1] != pid);
		reap(r[0]);
		reap(r[1]);
		CHECK_EQUAL(shared->resumed, 2);
	}
	CHECK_EQUAL(snapshot_discard(pid), 0);
	check_childless();
}

/* What had begun to be resumed goes on, even if nobody has been told. */
static void test_discard(void (*ask_from)(int))
{
	int *r = shared->results, status, child, count = 0;

	requests[0] = RESUME;
	requests[1] = requests[2] = DISCARD;
	shared->asking = shared->resumed = 0;
	pid = take();
	ask_from(3);
	CHECK(r[1] == 0 || r[2] == 0);
	CHECK(r[1] == 0 || r[1] == -ESRCH);
	CHECK(r[2] == 0 || r[2] == -ESRCH);
	CHECK(r[0] > 0 || r[0] == -ESRCH);
	while ((child = (int)system_call(__NR_wait4, -1, &status, __WALL,
					 NULL)) > 0) {
		CHECK_EQUAL(status, child == pid ? SIGKILL : 0);
		CHECK(r[0] < 0 || child == r[0] || child == pid);
		count += child != pid;
	}
	CHECK_EQUAL(shared->resumed, count);
	CHECK(r[0] < 0 || count == 1);
}

int main(int argc, char **argv)
{
	seed = random_seed(argc, argv);
	shared = memory_shared(sizeof *shared);
	for (int n = 1; n <= 8; n = n == 1 ? 2 : n * 4) {
		crew_muster(n);
		test_resumes(ask_from_threads);
		test_resumes(ask_from_processes);
		if (n > 1) {
			test_discard(ask_from_threads);
			test_discard(ask_from_processes);
		}
		crew_dismiss();
	}
	return 0;
}
