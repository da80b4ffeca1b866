/* demo: what each thread was doing when a snapshot was taken.  A thread notes
 * it in private memory, which the snapshot has too.  In a resumed job the notes
 * are still those of the snapshot; each goes to the board before it changes. */
#include "demo.h"

static struct note {
	struct thread *thread;	/* NULL: not begun; the same in a copy */
	int tid;		/* the kernel's name in this generation ... */
	int generation;		/* ... of the job: board->generation */
	char name[16];
	const char *doing;
	int frame, row;
} notes[THREADS_MAX];

/* Guards all notes.  A snapshot can be taken while a thread holds it: the same
 * thread holds it in the copy, and lets it go there. */
static struct mutex notes_lock;

static _Thread_local struct note *mine;

/* The job runs in a new process if the note is of an older generation: the
 * board learns where this thread came from.  Called with the lock held. */
static void report(struct note *n)
{
	struct report *r = &board->report[n - notes];
	int generation = board->generation;

	if (!n->thread || n->generation == generation)
		return;
	r->id = thread_id(n->thread);
	r->tid_before = n->tid;
	r->tid_after = n->tid = thread_tid(n->thread);
	memcpy(r->name, n->name, sizeof(r->name));
	r->doing = n->doing;
	r->frame = n->frame;
	r->row = n->row;
	n->generation = generation;
}

void note_begin(int index, const char *name)
{
	mutex_lock(&notes_lock);
	mine = &notes[index];
	mine->thread = thread_self();
	mine->tid = thread_tid(mine->thread);
	mine->generation = board->generation;
	mine->doing = "starting";
	mine->frame = mine->row = NONE;
	format(mine->name, sizeof(mine->name), "%s", name);
	mutex_unlock(&notes_lock);
}

void note(const char *doing, int frame, int row)
{
	mutex_lock(&notes_lock);
	report(mine);
	mine->doing = doing;
	mine->frame = frame;
	mine->row = row;
	mutex_unlock(&notes_lock);
}

/* Who is blocked would report only when it wakes: report in its place. */
void note_resumed(void)
{
	int i;

	mutex_lock(&notes_lock);
	for (i = 0; i < THREADS_MAX; i++)
		report(&notes[i]);
	mutex_unlock(&notes_lock);
	board->reported = board->generation;
}
