/* The life of a process of the soak: rounds.  In each, residents are started,
 * run for a while, and are told to end in an order; then, with one thread, it
 * is quiet, and everything must be as it was before.  A copy is born in the
 * middle of a round, goes on with it, and may make rounds of its own.  It lives
 * shortly. */
#include "soak.h"

#define BEAT      (10 * MILLISECOND)
#define LIFE      1500			/* milliseconds, of a long one */
#define STACK_SIZE (64 << 10)

struct board *board;
struct process process;

/* In the order in which they are started: those first whose thread others need
 * to know, the makers of copies last. */
static const struct resident table[] = {
	{ "call", calls_run, SEATS, NO_WORK, BIT(SIGNAL_RELEASE) },
	{ "wait", waits_run, WAITERS, NO_WORK, BIT(SIGNAL_RELEASE) },
	{ "feeder", feeder_run, 1, NO_FOOD, 0 },
	{ "timer", timers_run, 2, NO_WORK, BIT(SIGALRM) | BIT(SIGNAL_TICK) },
	{ "lock", locks_run, 3, NO_WORK, 0 },
	{ "queue", queue_run, 2, NO_WORK, BIT(SIGALRM) },
	{ "barrier", barrier_run, 3, NO_WORK, 0 },
	{ "semaphore", semaphore_run, 3, NO_WORK, BIT(SIGALRM) },
	{ "threads", threads_run, 2, NO_WORK, 0 },
	{ "handler", handlers_run, 2, NO_COPIES, BIT(SIGALRM) |
	  BIT(SIGNAL_NEST) | BIT(SIGNAL_NEST + 1) | BIT(SIGNAL_NEST + 2) },
	{ "copies", copies_run, 3, NO_COPIES, 0 },
};

#define KINDS (int)(sizeof table / sizeof *table)
#define MOST_RESIDENTS 64

static struct hired {
	const struct resident *resident;
	struct thread *thread;
	int number, has_ended;
} hired[MOST_RESIDENTS];

static int hired_count, settled, slot_number;
static char stacks[MOST_RESIDENTS][STACK_SIZE] __attribute__((aligned(16)));

struct thread *seat_thread(int number)
{
	return hired[number].thread;
}

struct thread *waiter_thread(int number)
{
	return hired[SEATS + number].thread;
}

/* ---- Birth --------------------------------------------------------------- */

void know_process(int pid)
{
	__atomic_fetch_or(&board->known[pid / 64], 1UL << pid % 64,
			  __ATOMIC_SEQ_CST);
}

int forget_process(int pid)
{
	return __atomic_fetch_and(&board->known[pid / 64], ~(1UL << pid % 64),
				  __ATOMIC_SEQ_CST) >> pid % 64 & 1;
}

int process_crowd(void)
{
	int crowd = 0;

	for (int i = 0; i < SLOTS; i++)
		crowd += load(&board->slots[i].pid) != 0;
	return crowd;
}

/* Twice the same pid is the same slot: the thread that takes one can become
 * another process in the middle of it. */
static void take_slot(int pid, int generation)
{
	struct slot *s;

	for (int i = 0; i < SLOTS; i++)
		if (load(&board->slots[i].pid) == pid)
			return;
	for (int i = 0; i < SLOTS; i++) {
		s = &board->slots[i];
		if (load(&s->pid) || !cas(&s->pid, 0, pid))
			continue;
		s->generation = generation;
		store(&s->beat, outside_now());
		return;
	}
}

static void show_life(void)
{
	struct slot *s = &board->slots[slot_number];

	for (int i = 0; i < SLOTS && load(&s->pid) != process_pid(); i++)
		s = &board->slots[slot_number = i];
	if (load(&s->pid) == process_pid())
		store(&s->beat, outside_now());
}

static void note_depth(int generation)
{
	int deepest;

	do
		deepest = load(&board->deepest);
	while (generation > deepest &&
	       !cas(&board->deepest, deepest, generation));
}

void process_born(void)
{
	long was = load(&process.identity);
	int pid = process_pid(), generation = (int)(was >> 32) + 1;

	if ((int)was == pid ||
	    !cas(&process.identity, was, (long)generation << 32 | pid))
		return;
	store(&process.life_end, clock_now() + MILLISECOND *
	      (chance(6) ? chance(40) : chance(LIFE)));
	know_process(pid);
	take_slot(pid, generation);
	note_depth(generation);
	count(PROCESSES);
}

/* ---- Children ------------------------------------------------------------ */

static int is_snapshot(int pid)
{
	for (int i = 0; i < SNAPSHOTS_NOTED; i++)
		if (load(&board->snapshots[i]) == pid)
			return 1;
	return 0;
}

/* All that come to be make themselves known; so who is not is something that
 * the library has left, or has been reaped before.  If there is a copy, it may
 * have come this far, too; and who discards a snapshot forgets it, whoever has
 * reaped it. */
void forget_ended(int pid, const struct moment *before)
{
	EXPECT(forget_process(pid) || is_copied_since(before) ||
	       is_snapshot(pid), "child %d is nobody's", pid);
}

/* Of the process group: who has another is for whoever made it to wait for. */
void reap_ended(void)
{
	struct moment before = moment_now();
	int status;
	long pid;

	while ((pid = system_call(__NR_wait4, 0, &status, WNOHANG | __WALL,
				  0)) > 0) {
		EXPECT(status == 0 || (status == SIGKILL &&
				       is_snapshot((int)pid)),
		       "child %ld has ended with status %x", pid, status);
		forget_ended((int)pid, &before);
		before = moment_now();
	}
	EXPECT(pid == 0 || pid == -ECHILD, "wait4 gives %ld", pid);
}

/* ---- Rounds -------------------------------------------------------------- */

static void settle(const struct resident *r, int number, char *stack)
{
	unsigned long mask = ~(r->open | FAULTS | BIT(SIGSYNCCALL) |
			       BIT(SIGKILL) | BIT(SIGSTOP));
	stack_t alternate = { stack, 0, STACK_SIZE };

	me = (struct me){ .resident = r, .thread = thread_self(),
			  .id = thread_id(thread_self()), .mask = mask };
	format(me.name, sizeof me.name, "%s%d", r->name, number);
	me.random = board->seed * 0x9e3779b97f4a7c15 +
		    (unsigned long)me.id * 0xbf58476d1ce4e5b9 + 1;
	EXPECT_0(thread_set_name(me.thread, me.name));
	EXPECT_0(signal_mask(SIG_SETMASK, &mask, NULL));
	if (stack) {
		me.stack = stack;
		EXPECT_0(system_call(__NR_sigaltstack, &alternate, NULL));
	}
}

static void *live(void *argument)
{
	struct hired *h = argument;
	stack_t none = { .ss_flags = SS_DISABLE };

	settle(h->resident, h->number, stacks[h - hired]);
	add(&settled, 1);
	while (load(&settled) < process.residents)
		nap(MILLISECOND);
	h->resident->run(h->number);
	check_self();
	EXPECT_0(system_call(__NR_sigaltstack, &none, NULL));
	store(&h->has_ended, 1);
	return argument;
}

static void hire(const struct resident *r, int number)
{
	struct thread_attr attr = { .stack_size = 64 << 10, .name = "new" };
	struct hired *h = &hired[hired_count++];

	*h = (struct hired){ r, NULL, number, 0 };
	EXPECT_0(thread_create(&h->thread, &attr, live, h));
	count(THREADS);
}

static void start_round(void)
{
	process.residents = settled = hired_count = 0;
	process.staying = 1;
	for (int kind = 0; kind < KINDS; kind++) {
		process.residents += table[kind].count;
		if (table[kind].phase > NO_COPIES)
			process.staying += table[kind].count;
	}
	store(&process.ending, RUNNING);
	calls_begin();
	locks_begin();
	meet_begin();
	threads_begin();
	for (int kind = 0; kind < KINDS; kind++)
		for (int i = 0; i < table[kind].count; i++)
			hire(&table[kind], i);
}

static void wait_on(const char *name, int number, long began)
{
	nap(MILLISECOND);
	failed_in_handler();
	EXPECT(!is_impatient(began), "%s%d does not end", name, number);
}

/* They end, but stay: the feeder looks at threads that may have ended. */
static void let_go(int phase)
{
	long began = clock_now();

	store(&process.ending, phase);
	for (struct hired *h = hired; h < hired + hired_count; h++)
		while (h->resident->phase <= phase && !load(&h->has_ended))
			wait_on(h->resident->name, h->number, began);
	while (load(&process.meddling))
		wait_on("a maker of copies, ", load(&process.meddling), began);
	show_life();
}

static void join_all(void)
{
	void *result;

	for (int i = 0; i < hired_count; i++) {
		EXPECT_0(thread_join(hired[i].thread, &result));
		EXPECT(result == &hired[i], "%s%d has another result",
		       hired[i].resident->name, hired[i].number);
	}
}

static int is_over(void)
{
	return load(&board->stop) || outside_now() >= board->end ||
	       (process.identity >> 32 &&
		clock_now() >= load(&process.life_end));
}

static void round(void)
{
	start_round();
	process.round_end = clock_now() + (1 + chance(6)) * SECOND;
	while (!is_over() && clock_now() < process.round_end) {
		nap(BEAT);
		process_born();
		show_life();
		failed_in_handler();
	}
	for (int phase = NO_COPIES; phase <= NO_FOOD; phase++)
		let_go(phase);
	join_all();
	check_self();
	quiet_check();
	locks_check();
	meet_check();
	threads_check();
}

static void leave_slot(void)
{
	int pid = process_pid();

	for (int i = 0; i < SLOTS; i++)
		cas(&board->slots[i].pid, pid, 0);
}

void process_live(void)
{
	static const struct resident myself = { "main", NULL, 1, FOR_EVER, 0 };

	process.main = thread_self();
	process.identity = process_pid();
	know_process(process_pid());
	take_slot(process_pid(), 0);
	count(PROCESSES);
	settle(&myself, 0, NULL);
	timers_begin();
	waits_begin();
	handlers_begin();
	failures_begin();
	hooks_begin();
	stop_timeout((int)(board->patience / MILLISECOND));
	quiet_begin();
	do {
		round();
		reap_ended();
	} while (!is_over());
	leave_slot();
	process_exit(0);
}
