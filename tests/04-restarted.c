/* Cases 3, 4 and 5: every kind of wait that ends at a time of CLOCK_MONOTONIC,
 * relative or absolute, lasts in a restarted process for the time that was left
 * when the image was taken, though the image has lain for a second; and so in a
 * process restarted from an image of that one. */
#define RESTART_LATER 1
#include "restarted.h"
#include "deadline.h"

#define LENGTH      (3 * SECOND)
#define GENERATIONS 2

/* Epoll descriptors cannot be restored. */
static int is_restorable(int kind)
{
	return kind != 16 && kind != 17;
}

static void *waiter(void *kind)
{
	check_wait((int)(long)kind, LENGTH);
	return NULL;
}

int main(void)
{
	struct thread *threads[KINDS];
	int generation = 0, pid = 0;
	long began = clock_now();

	open_objects();
	for (long i = 0; i < KINDS; i++)
		if (is_restorable((int)i))
			threads[i] = spawn(waiter, (void *)i);
	for (int i = 0; i < KINDS; i++)
		if (is_restorable(i))
			wait_asleep(thread_tid(threads[i]));
	while (pid == 0 && generation++ < GENERATIONS) {
		pid = restarted_copy();
		CHECK(pid >= 0);
		CHECK(clock_now() - began < LENGTH);
	}
	for (int i = 0; i < KINDS; i++)
		if (is_restorable(i))
			CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	if (pid > 0)
		reap(pid);
	if (generation > 1)
		process_exit(0);
	close_objects();
	return 0;
}
