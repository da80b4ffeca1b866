/* Blocked calls.  Whoever blocks is woken only by the feeder, with a value that
 * must arrive, once, or with a signal, which must interrupt the call.  Nothing
 * else may end a call.  When a copy is made meanwhile, the kernel's objects are
 * shared with it, and either process can take what the other has given: so all
 * objects are made for one call, and then it is ended by signals. */
#include "soak_calls.h"
#include <linux/futex.h>

#define LOOK     (10 * MILLISECOND)

static struct seat seats[SEATS];
static int last_value;

static void released(int signal)
{
	(void)signal;
	handler_begin();
	handler_end();
	count(HANDLERS);
}

void calls_begin(void)
{
	struct signal_action action = { released, SA_ONSTACK, 0 };

	EXPECT_0(signal_action(SIGNAL_RELEASE, &action, NULL));
	EXPECT_0(signal_action(SIGNAL_GIVE, &action, NULL));
	memset(seats, 0, sizeof seats);
	for (int i = 0; i < SEATS; i++)
		seats[i].kind = i < KINDS ? &kinds[i] :
					    &object_kinds[i - KINDS];
}

/* ---- Who blocks ---------------------------------------------------------- */

static void open_objects(struct seat *s)
{
	EXPECT_0(mutex_lock(&s->lock));
	s->fed = 0;
	s->made = moment_now();
	s->fresh = load(&process.begun) == s->made.done;
	s->kind->open(s);
	EXPECT_0(mutex_unlock(&s->lock));
}

static void close_objects(struct seat *s)
{
	EXPECT_0(mutex_lock(&s->lock));
	s->kind->close(s);
	EXPECT_0(mutex_unlock(&s->lock));
}

/* The objects are fresh still, so that nobody else has touched them; if not,
 * all can have happened that does not look like a stop. */
static void judge(struct seat *s, long r, int was_handled)
{
	const char *name = s->kind->name;

	if (r == -EINTR) {
		EXPECT(was_handled, "%s: EINTR, but no handler has run", name);
	} else if (is_fresh(s)) {
		EXPECT(r >= 0 || was_handled, "%s gives %ld", name, r);
		EXPECT(s->fed || was_handled,
		       "%s has returned %ld, which nobody gave it", name, r);
		EXPECT(r == s->value || was_handled, "%s gives %ld, not %d",
		       name, r, s->value);
	} else {
		EXPECT(r >= 0 || was_handled || is_copy_since(&s->made) ||
		       r == -EAGAIN, "%s gives %ld", name, r);
	}
}

/* What a restarted process would lack, is there only in critical sections. */
void calls_run(int number)
{
	struct seat *s = &seats[number];
	unsigned long handled;
	long r;

	while (!is_ending(NO_WORK)) {
		EXPECT_0(critical_enter());
		open_objects(s);
		if (!s->kind->unrestorable)
			EXPECT_0(critical_leave());
		handled = me.handled;
		store(&s->calling, 1);
		r = s->kind->call(s);
		store(&s->calling, 0);
		judge(s, r, me.handled != handled);
		/* Now the feeder, for whom a request for an image may be
		 * waiting, need not wait for this thread, which may wait for
		 * that. */
		add(&s->answers, 1);
		system_call(__NR_futex, &s->answers, FUTEX_WAKE_PRIVATE, 1);
		if (!s->kind->unrestorable)
			EXPECT_0(critical_enter());
		close_objects(s);
		EXPECT_0(critical_leave());
		check_self();
		meddle();
		count(CALLS);
	}
}

/* ---- The feeder ---------------------------------------------------------- */

static void await_answer(struct seat *s, int answers)
{
	struct timespec look = time_of(LOOK);

	system_call(__NR_futex, &s->answers, FUTEX_WAIT_PRIVATE, answers,
		    &look);
}

/* A thread that /proc shows in the call is inside, even if a stop takes it out
 * for a moment; so one signal must do.  An image cannot have such a file. */
static int is_inside(struct seat *s, int answers)
{
	char path[48], text[16] = "";
	long fd, n = 0;

	if (critical_try_enter() < 0)
		return 0;
	format(path, sizeof path, "/proc/self/task/%d/syscall",
	       thread_tid(seat_thread((int)(s - seats))));
	fd = system_call(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd >= 0 && load(&s->calling) && load(&s->answers) == answers) {
		system_call(__NR_read, fd, text, sizeof text - 1);
		for (char *p = text; *p >= '0' && *p <= '9'; p++)
			n = n * 10 + (*p - '0');
	}
	if (fd >= 0)
		system_call(__NR_close, fd);
	EXPECT_0(critical_leave());
	return n && n == s->kind->number && load(&s->calling) &&
	       load(&s->answers) == answers;
}

static void release(struct seat *s, int answers)
{
	struct thread *thread = seat_thread((int)(s - seats));
	long began = clock_now();
	struct moment before = moment_now();
	int once = 0, sent = 0;

	while (load(&s->answers) == answers) {
		if (!once || is_copy_since(&before)) {
			before = moment_now();
			once = is_inside(s, answers);
			system_call(__NR_tgkill, process_pid(),
				    thread_tid(thread), SIGNAL_RELEASE);
			sent++;
		}
		await_answer(s, answers);
		EXPECT(load(&s->answers) != answers ||
		       has_slept_since(&before) || !is_impatient(began),
		       "%s: %d signals have not interrupted it%s",
		       s->kind->name, sent, once ? ", which was inside" : "");
	}
}

/* Returns whether it could be given something. */
static int feed(struct seat *s, int answers)
{
	int fed = 0;

	EXPECT_0(mutex_lock(&s->lock));
	if (load(&s->calling) && load(&s->answers) == answers && is_fresh(s)) {
		s->value = 1 + add(&last_value, 1) % 100;
		s->fed = fed = 1;
		s->kind->feed(s);
	}
	EXPECT_0(mutex_unlock(&s->lock));
	return fed;
}

static void serve(struct seat *s)
{
	int answers = load(&s->answers);
	long began = clock_now();
	struct moment before = moment_now();

	if (!load(&s->calling))
		return;
	if (chance(4) && !feed(s, answers))
		return;
	while (s->fed && is_fresh(s) && load(&s->answers) == answers) {
		await_answer(s, answers);
		EXPECT(load(&s->answers) != answers || !is_fresh(s) ||
		       has_slept_since(&before) || !is_impatient(began),
		       "%s has not got what was given to it", s->kind->name);
	}
	release(s, answers);
}

static void release_waits(void)
{
	for (int i = 0; i < WAITERS; i++)
		system_call(__NR_tgkill, process_pid(),
			    thread_tid(waiter_thread(i)), SIGNAL_RELEASE);
}

void feeder_run(int number)
{
	int next = number;

	/* In the end, who comes late must not find that others come first. */
	while (!is_ending(NO_FOOD)) {
		next = is_ending(NO_WORK) ? (next + 1) % SEATS :
					    (int)chance(SEATS);
		serve(&seats[next]);
		if (is_ending(NO_WORK))
			release_waits();
		nap(chance(is_ending(NO_WORK) ? 100 : 2000) * 1000);
		check_self();
	}
}
