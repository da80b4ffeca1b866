/* Case 13: handlers with SA_RESTART do not end read, recvfrom or an untimed
 * futex wait, whether their signal comes before a stop or while the thread is
 * parked; the calls that every handler ends give EINTR even so. */
#include "interrupt.h"

#define ROUNDS 20

static int handled[MOST], sending, released;
static _Thread_local int own;

static void handler(int signal)
{
	CHECK_EQUAL(signal, SIGUSR1);
	add(&handled[own], 1);
}

static void waiter(int number)
{
	int kind = number % KINDS;
	long r;

	own = number;
	for (int round = 1; round <= ROUNDS; round++) {
		r = wait_for_signal(kind);
		if (kind < SLOW_KINDS)
			break;
		CHECK_EQUAL(r, -EINTR);
		CHECK_EQUAL(handled[number], round);
	}
	CHECK_EQUAL(handled[number], ROUNDS);
	if (kind >= SLOW_KINDS)
		return;
	CHECK_EQUAL(load(&released), 1);
	CHECK_EQUAL(r, kind != FUTEX_KIND);
}

static void send_all(void *unused)
{
	(void)unused;
	for (int i = 0; sending && i < blocked.count; i++)
		send(blocked.threads[i], SIGUSR1);
	sending = 0;
}

static void test(int n, unsigned long *random)
{
	memset(handled, 0, sizeof handled);
	store(&released, 0);
	begin(n, waiter);
	for (int round = 1; round <= ROUNDS; round++) {
		for (int i = 0; i < n; i++)
			await_in_call(blocked.threads[i]);
		sending = 1;
		if (random_next(random) % 2)
			send_all(NULL);
		CHECK_EQUAL(synccall(send_all, NULL), 0);
		for (int i = 0; i < n; i++)
			while (load(&handled[i]) < round)
				system_call(__NR_sched_yield);
	}
}

/* Whoever still waits gets what it waits for. */
static void release(int n)
{
	store(&released, 1);
	for (int number = 0; number < n; number++) {
		if (number % KINDS == 0)
			tell(pipe_ends);
		if (number % KINDS == 1)
			tell(socket_ends);
		while (number % KINDS == FUTEX_KIND &&
		       !system_call(__NR_futex, &word, FUTEX_WAKE_PRIVATE, 1))
			system_call(__NR_sched_yield);
	}
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	open_objects();
	handle(SIGUSR1, handler, SA_RESTART);
	for_each_count(n) {
		test(n, &random);
		release(n);
		finish();
	}
	close_objects();
	return 0;
}
