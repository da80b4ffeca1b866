/* Waits that end at a deadline, and which nobody else ends: never early, and
 * not late, however often the process is stopped, copied or restarted
 * meanwhile.  Some threads are open to ticks, which interrupt the waits; then
 * they go on.  Only the end of a round cuts them short, by a signal of the
 * feeder's. */
#include "soak.h"
#include <linux/futex.h>
#include <linux/eventpoll.h>
#include <linux/poll.h>
#include <linux/sem.h>

static struct semaphore empty;
static struct condition quiet_condition;
static struct mutex held;

static long wait_futex(int operation, struct timespec *time)
{
	int word = 0;

	return system_call(__NR_futex, &word, operation | FUTEX_PRIVATE_FLAG, 0,
			   time, 0L, FUTEX_BITSET_MATCH_ANY);
}

static long wait_condition(const struct timespec *deadline)
{
	struct mutex own = MUTEX_INIT;
	int r;

	EXPECT_0(mutex_lock(&own));
	do
		r = condition_wait_until(&quiet_condition, &own, deadline);
	while (r == 0 && !is_ending(NO_WORK));
	EXPECT_0(mutex_unlock(&own));
	return r ? r : -EINTR;
}

/* In a critical section, because no image can have such a file. */
static long wait_epoll(const struct timespec *left)
{
	long ms = left->tv_sec * 1000 + (left->tv_nsec + MILLISECOND - 1) /
		MILLISECOND, fd, r;
	struct epoll_event event;

	EXPECT_0(critical_enter());
	fd = system_call(__NR_epoll_create1, O_CLOEXEC);
	EXPECT(fd >= 0, "epoll_create1 gives %ld", fd);
	r = system_call(__NR_epoll_pwait, fd, &event, 1, ms, 0L, 8L);
	EXPECT_0(system_call(__NR_close, fd));
	EXPECT_0(critical_leave());
	return r;
}

/* Nobody gives the first one. */
static long wait_semaphore(const struct timespec *left)
{
	struct sembuf take = { 0, -1, 0 };

	return system_call(__NR_semtimedop, board->semaphores, &take, 1, left);
}

static const char *const names[] = {
	"futex", "futex (absolute)", "nanosleep", "clock_nanosleep",
	"clock_nanosleep (absolute)", "sleep_until", "ppoll", "pselect",
	"sigtimedwait", "semaphore_wait_until", "condition_wait_until",
	"mutex_lock_until", "epoll_pwait", "semtimedop",
};

#define KINDS (unsigned)(sizeof names / sizeof *names)

/* Those that return 0 at their deadline. */
static int is_sleep(unsigned kind)
{
	return (kind >= 2 && kind <= 7) || kind == 12;
}

static long wait_relative(unsigned kind, struct timespec *left)
{
	unsigned long never = BIT(SIGNAL_GIVE);

	switch (kind) {
	case 0:
		return wait_futex(FUTEX_WAIT, left);
	case 2:
		return system_call(__NR_nanosleep, left, 0L);
	case 3:
		return system_call(__NR_clock_nanosleep, CLOCK_MONOTONIC, 0,
				   left, 0L);
	case 6:
		return system_call(__NR_ppoll, 0L, 0, left, 0L, 8L);
	case 7:
		return system_call(__NR_pselect6, 0, 0L, 0L, 0L, left, 0L);
	default:
		return system_call(__NR_rt_sigtimedwait, &never, 0L, left, 8L);
	}
}

static long wait_until(unsigned kind, long time)
{
	struct timespec deadline = time_of(time), left;
	long now = clock_now();

	left = time_of(time > now ? time - now : 0);
	switch (kind) {
	case 1:
		return wait_futex(FUTEX_WAIT_BITSET, &deadline);
	case 4:
		return system_call(__NR_clock_nanosleep, CLOCK_MONOTONIC,
				   TIMER_ABSTIME, &deadline, 0L);
	case 5:
		return sleep_until(&deadline);
	case 9:
		return semaphore_wait_until(&empty, &deadline);
	case 10:
		return wait_condition(&deadline);
	case 11:
		return mutex_lock_until(&held, &deadline);
	case 12:
		return wait_epoll(&left);
	case 13:
		return wait_semaphore(&left);
	default:
		return wait_relative(kind, &left);
	}
}

static void wait_once(unsigned kind, long length)
{
	struct moment began = moment_now();
	long deadline = clock_now() + length, r;
	unsigned long handled;

	do {
		handled = me.handled;
		r = wait_until(kind, deadline);
		EXPECT(r != -EINTR || me.handled != handled ||
		       is_ending(NO_WORK),
		       "%s: EINTR, but no handler has run", names[kind]);
	} while (r == -EINTR && !is_ending(NO_WORK));
	if (r == -EINTR) {
		check_overdue(names[kind], deadline, &began);
		return;
	}
	EXPECT(r == (is_sleep(kind) ? 0 : kind == 8 || kind == 13 ? -EAGAIN :
		     -ETIMEDOUT),
	       "%s gives %ld", names[kind], r);
	check_deadline(names[kind], deadline, &began);
	count(WAITS);
}

/* A mutex is not to be had before the deadline, whatever comes; and those who
 * want an image wait for the end of critical sections. */
static long choose_length(unsigned kind)
{
	long ms = kind == 12 ? chance(20) : kind == 11 || chance(8) ?
		chance(200) : 200 + chance(800);

	return ms * MILLISECOND + chance(MILLISECOND);
}

/* The first ones are open to ticks. */
void waits_run(int number)
{
	unsigned long mask = me.mask | BIT(SIGALRM);
	unsigned kind;

	if (number < 2) {
		EXPECT_0(signal_mask(SIG_SETMASK, &mask, NULL));
		me.mask = mask;
	}
	while (!is_ending(NO_WORK)) {
		kind = chance(KINDS);
		wait_once(kind, choose_length(kind));
		check_self();
		meddle();
	}
}

/* The main thread holds what others wait for. */
void waits_begin(void)
{
	EXPECT_0(mutex_lock(&held));
}
