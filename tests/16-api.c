/* Case 16: what signal_action() and signal_mask() promise: which signals they
 * refuse, what old is, SA_SIGINFO, SA_RESETHAND, SA_NODEFER and masks work as
 * in the kernel although every handler runs behind the library's dispatcher,
 * and all that is the same in a copy. */
#include "signals.h"

static int calls, code;
static unsigned long mask_inside;

static void plain(int signal)
{
	CHECK_EQUAL(signal, SIGUSR1);
	mask_inside = get_mask();
	calls++;
}

static void full(int signal, siginfo_t *info, struct ucontext *frame)
{
	CHECK_EQUAL(signal, SIGUSR1);
	CHECK_EQUAL(info->si_signo, SIGUSR1);
	CHECK(frame != NULL);
	code = info->si_code;
	calls++;
}

static void raise_self(void)
{
	send(getpid(), gettid(), SIGUSR1);
}

static struct signal_action query(int signal)
{
	struct signal_action old = { plain, ~0UL, ~0UL };

	CHECK_EQUAL(signal_action(signal, NULL, &old), 0);
	return old;
}

static void check_query(void *handler, unsigned long flags, unsigned long mask)
{
	struct signal_action old = query(SIGUSR1);

	CHECK_EQUAL(old.handler, handler);
	CHECK_EQUAL(old.flags, flags);
	CHECK_EQUAL(old.mask, mask);
}

static void check_refused(void)
{
	static const int refused[] = { -1, 0, SIGKILL, SIGSTOP, SIGSYNCCALL,
				       SIGRESTART, 65, 1 << 30 };
	struct signal_action ignore = { SIG_IGN, 0, 0 }, old;
	unsigned long mask = BIT(SIGUSR2);

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		CHECK_EQUAL(signal_action(refused[i], &ignore, NULL), -EINVAL);
		CHECK_EQUAL(signal_action(refused[i], NULL, &old), -EINVAL);
	}
	CHECK_EQUAL(signal_action(SIGCKPT, &ignore, NULL), 0);
	CHECK_EQUAL(signal_action(64, NULL, NULL), 0);
	CHECK_EQUAL(signal_mask(3, &mask, NULL), -EINVAL);
	CHECK_EQUAL(signal_mask(-1, &mask, NULL), -EINVAL);
	CHECK_EQUAL(get_mask(), 0);
}

static void check_actions(void)
{
	struct signal_action new = { plain, 0, BIT(SIGUSR2) }, old;

	check_query((void *)SIG_DFL, 0, 0);	/* never set */
	CHECK_EQUAL(signal_action(SIGUSR1, &new, &old), 0);
	CHECK_EQUAL(old.handler, SIG_DFL);
	check_query((void *)plain, 0, BIT(SIGUSR2));
	raise_self();
	CHECK_EQUAL(calls, 1);
	CHECK_EQUAL(mask_inside, BIT(SIGUSR1) | BIT(SIGUSR2));
	CHECK_EQUAL(get_mask(), 0);

	handle_masked(SIGUSR1, plain, SA_NODEFER, EVERYTHING & ~BIT(SIGUSR1));
	raise_self();
	CHECK_EQUAL(mask_inside, BLOCKABLE & ~BIT(SIGUSR1));

	handle(SIGUSR1, (void (*)(int))(void *)full, SA_SIGINFO | SA_RESTART);
	check_query((void *)full, SA_SIGINFO | SA_RESTART, 0);
	raise_self();
	CHECK_EQUAL(code, SI_TKILL);

	handle(SIGUSR1, plain, SA_RESETHAND);
	check_query((void *)plain, SA_RESETHAND, 0);
	raise_self();
	CHECK_EQUAL(calls, 4);
	CHECK_EQUAL(query(SIGUSR1).handler, SIG_DFL);

	handle(SIGUSR1, (void (*)(int))SIG_IGN, 0);
	raise_self();
	CHECK_EQUAL(calls, 4);
	check_query((void *)SIG_IGN, 0, 0);
	handle(SIGUSR1, plain, 0);
	raise_self();
	CHECK_EQUAL(calls, 5);
}

static void check_masks(void)
{
	unsigned long all = EVERYTHING, usr1 = BIT(SIGUSR1), old = 0;

	CHECK_EQUAL(signal_mask(SIG_BLOCK, &all, &old), 0);
	CHECK_EQUAL(old, 0);
	CHECK_EQUAL(signal_mask(SIG_UNBLOCK, &usr1, &old), 0);
	CHECK_EQUAL(old, BLOCKABLE);
	CHECK_EQUAL(signals_of(getpid(), gettid()).blocked, BLOCKABLE & ~usr1);
	CHECK_EQUAL(signal_mask(SIG_SETMASK, &usr1, &old), 0);
	CHECK_EQUAL(old, BLOCKABLE & ~usr1);
	CHECK_EQUAL(signal_mask(SIG_UNBLOCK, &all, &old), 0);
	CHECK_EQUAL(old, usr1);
	CHECK_EQUAL(get_mask(), 0);
}

int main(void)
{
	int pid;

	check_refused();
	check_masks();
	check_actions();
	pid = forkall();
	CHECK(pid >= 0);
	check_query((void *)plain, 0, 0);
	raise_self();
	CHECK_EQUAL(calls, 6);
	if (pid == 0)
		process_exit(0);
	reap(pid);
	return 0;
}
