/* A failure of the soak: it says what was wrong and the seed, and leaves an
 * image of the process as it is, to be looked at with gdb. */
#include "soak.h"
#include "arch.h"
#include <linux/prctl.h>

#define HANDLER_PATIENCE (20 * SECOND)

static _Noreturn void end_here(void)
{
	store(&board->told, 1);
	process_exit(FAILED);
}

static _Noreturn void stay(void)
{
	for (;;)
		nap(SECOND);
}

static _Noreturn void leave_image(void)
{
	static char path[NAME_SIZE + 32];
	int pid = process_pid(), r;

	stop_timeout((int)(board->patience / 4 / MILLISECOND));
	format(path, sizeof path, "%s/failed-%d.image", board->directory, pid);
	r = checkpoint(path);
	if (process_pid() != pid)	/* a copy: it has not failed */
		stay();
	if (r == 0)
		eprint("soak: %s: look with gdb PROGRAM IMAGE\n", path);
	else if (r < 0) {
		eprint("soak: %s: no image: error %d\n", path, -r);
		print_threads(pid);
	}
	end_here();
}

/* The first thread that fails speaks for its process, until all are killed.  An
 * image cannot be made in a handler: there, another thread is asked to do it. */
void failed(const char *file, int line, const char *why)
{
	static int is_failing;
	char name[16] = "";

	if (swap(&is_failing, 1) || load(&board->told))
		stay();
	store(&board->failed, 1);
	system_call(__NR_prctl, PR_GET_NAME, name);
	eprint("soak: seed %lu: pid %d, generation %d, thread %d (%s): %s"
	       " (%s:%d)\n", board->seed, process_pid(),
	       (int)(process.identity >> 32), thread_id(thread_self()), name,
	       why, file, line);
	/* Whoever is inside lets those wait who want an image. */
	while (critical_leave() == 0)
		;
	if (me.in_handler) {
		store(&process.failing, process_pid());
		nap(HANDLER_PATIENCE);
		end_here();
	}
	leave_image();
}

static void fault(int signal, siginfo_t *info, struct ucontext *frame)
{
	handler_begin();
	EXPECT(0, "signal %d at pc %lx for %p", signal,
	       (unsigned long)*frame_pc(frame), info->si_addr);
}

void failures_begin(void)
{
	struct signal_action action = { (void (*)(int))(void *)fault,
					SA_ONSTACK | SA_SIGINFO, 0 };

	for (int signal = 1; signal < 32; signal++)
		if (FAULTS & BIT(signal))
			EXPECT_0(signal_action(signal, &action, NULL));
}

/* Not for the feeder: whoever is in a critical section waits for that. */
void failed_in_handler(void)
{
	static int one;

	if (load(&process.failing) != process_pid() || swap(&one, 1))
		return;
	while (critical_leave() == 0)
		;
	leave_image();
}
