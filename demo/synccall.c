/* synccall: the kernel keeps credentials for each thread, POSIX wants them for
 * the process.  One thread changes its own: the others are not touched.  With
 * synccall() all do it, and nobody runs while only some have done it.  Root
 * gives up its user id; who has nothing to give up sets "no new privileges". */
#include "forkall.h"
#include <linux/prctl.h>

#define THREADS 4
#define NOBODY  65534

static long table[THREADS + 1][3];	/* of each thread, at three times */
static int column;
static int is_root;
static struct semaphore go_on;

/* The system call, by the calling thread and for it alone. */
static void change(void *result)
{
	long error = is_root ?
		system_call(__NR_setresuid, NOBODY, NOBODY, NOBODY) :
		system_call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	if (error)
		*(long *)result = error;
}

static void look(void *unused)
{
	(void)unused;
	table[thread_id(thread_self())][column] = is_root ?
		system_call(__NR_geteuid) :
		system_call(__NR_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

static void *wait(void *unused)
{
	semaphore_wait(&go_on);
	return unused;
}

int main(int argc, char **argv)
{
	struct thread *thread[THREADS];
	long error = 0;
	int i, good = 1;

	if (argc > 1) {
		eprint("synccall: %s: no argument is expected\n", argv[1]);
		return 2;
	}
	is_root = system_call(__NR_geteuid) == 0;
	for (i = 0; i < THREADS; i++)
		if (thread_create(&thread[i], NULL, wait, NULL))
			return 1;
	synccall(look, NULL);
	column = 1;
	change(&error);
	synccall(look, NULL);
	column = 2;
	synccall(change, &error);
	synccall(look, NULL);

	print("%s: at first  by main alone  by synccall\n",
	      is_root ? "user id          " : "no new privileges");
	for (i = 0; i <= THREADS; i++) {
		print("thread %d           %8ld  %13ld  %11ld\n", i,
		      table[i][0], table[i][1], table[i][2]);
		good &= table[i][2] == table[0][1];
	}
	if (error)
		eprint("synccall: the system call: error %ld\n", -error);
	for (i = 0; i < THREADS; i++)
		semaphore_post(&go_on);
	for (i = 0; i < THREADS; i++)
		thread_join(thread[i], NULL);
	return !good || error;
}
