/* What a debugger makes a thread do (gdb/forkall.py).  It lets the thread take
 * SIGSYNCCALL, and when that is at the handler's first instruction, sets the
 * program counter here: so the thread's registers are in a frame on its stack,
 * and it goes on from there when this returns, in any process. */
#include "call.h"

int debugger_result;			/* what snapshot() has returned */

/* In place of stopped(), with all signals blocked; but who has to wait for the
 * list lock must be able to be stopped. */
void debugger_snapshot(int signal, siginfo_t *info, struct ucontext *frame)
{
	struct thread *self = thread_self();

	(void)signal, (void)info;
	set_mask(SIG_UNBLOCK, SIGNAL_BIT(SIGSYNCCALL));
	debugger_result = snapshot_for(1);
	set_mask(SIG_BLOCK, SIGNAL_BIT(SIGSYNCCALL));
	if (call_is_near(frame))
		call_stopped(frame, self->call);
}
