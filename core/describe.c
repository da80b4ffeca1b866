/* The notes of an image: what a debugger wants to know, in the shapes that the
 * kernel gives a core file (fs/binfmt_elf.c), and what restart needs besides. */
#include "call.h"
#include "registers.h"
#include "writer.h"
#include <linux/auxvec.h>

#define SIGNALS 64
#define LIMITS  16
#define CORE    "CORE"
#define LINUX   "LINUX"

struct status {				/* NT_PRSTATUS */
	int signo, code, error;
	short current, padding;
	unsigned long pending, held;
	int pid, parent, group, session;
	long times[8];
	unsigned long registers[CORE_REGISTERS];
	int fp_valid, padding2;
};

struct information {			/* NT_PRPSINFO */
	char state, letter, zombie, nice;
	unsigned long flags;
	unsigned uid, gid;
	int pid, parent, group, session;
	char name[16], arguments[80];
};

/* ---- Notes --------------------------------------------------------------------- */

Elf64_Nhdr *image_note_begin(struct writer *w, const char *owner, __u32 type)
{
	size_t n = strlen(owner) + 1;
	Elf64_Nhdr *head = writer_add(&w->notes, sizeof *head + ((n + 3) & -4UL));

	if (!head)
		return NULL;
	head->n_namesz = (__u32)n;
	head->n_type = type;
	memcpy(head + 1, owner, n);
	return head;
}

/* The size comes from where the notes end now. */
int image_note_end(struct writer *w, Elf64_Nhdr *head)
{
	char *contents;

	if (!head)
		return -ENOMEM;
	contents = (char *)(head + 1) + ((head->n_namesz + 3) & -4U);
	head->n_descsz = (__u32)(w->notes.data + w->notes.size - contents);
	return writer_add(&w->notes, -head->n_descsz & 3) ? 0 : -ENOMEM;
}

int image_note(struct writer *w, const char *owner, __u32 type, const void *contents,
	 size_t size)
{
	Elf64_Nhdr *head = image_note_begin(w, owner, type);
	void *to = writer_add(&w->notes, size);

	if (!head || !to)
		return -ENOMEM;
	memcpy(to, contents, size);
	return image_note_end(w, head);
}

/* What a file in /proc says, as a note. */
static int note_file(struct writer *w, __u32 type, const char *path)
{
	char contents[4096];
	int fd = (int)sys(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	long n;

	if (fd < 0)
		return fd;
	n = sys(read, fd, contents, sizeof contents);
	sys(close, fd);
	if (n < 0)
		return (int)n;
	if (type == NT_AUXV)
		for (unsigned long *v = (void *)contents;
		     (char *)v < contents + n; v += 2)
			if (*v == AT_SYSINFO_EHDR)	/* not in the image */
				*v = AT_IGNORE;
	return image_note(w, CORE, type, contents, (size_t)n);
}

/* ---- Threads ------------------------------------------------------------------- */

/* The system call that an interrupted thread waits in; -1: none, or not one of
 * restartable_call()'s. */
static int blocking_call(struct ucontext *frame)
{
	long number;

	if (!frame || !call_is_near(frame))
		return -1;
	number = frame_call_number(frame);
	if (*frame_pc(frame) == (unsigned long)call_start &&
	    number != __NR_restart_syscall)
		return (int)number;
	if (*frame_pc(frame) == (unsigned long)call_done ||
	    ((*frame_pc(frame) == (unsigned long)call_end ||
	      *frame_pc(frame) == (unsigned long)call_again_end) &&
	     (long)*frame_result(frame) != -EINTR))
		return -1;
	return (int)frame_kept_number(frame);
}

/* The kernel's type is a number here and a structure there. */
static unsigned long mask_of(struct thread *t)
{
	unsigned long mask = t->kept.mask;

	if (t->frame)
		memcpy(&mask, &t->frame->uc_sigmask, sizeof mask);
	return mask;
}

static void describe_thread(struct thread *t, struct image_thread *to)
{
	*to = (struct image_thread){
		.tp = (__u64)t->tp, .control_block = (__u64)t,
		.context = (__u64)&t->context, .frame = (__u64)t->frame,
		.pc = t->frame ? *frame_pc(t->frame) : context_pc(&t->context),
		.signal_mask = mask_of(t),
		.id = (__u32)t->id, .tid = (__u32)t->tid,
		.call = blocking_call(t->frame),
		.policy = t->kept.sched.sched_policy,
		.priority = t->kept.sched.sched_priority,
		.nice = t->kept.sched.sched_nice,
	};
	memcpy(to->affinity, t->kept.affinity, sizeof to->affinity);
	memcpy(to->name, t->kept.name, sizeof to->name);
}

static int note_status(struct writer *w, struct thread *t,
		       const struct information *process)
{
	struct status s = {
		.held = mask_of(t), .pid = t->tid, .fp_valid = 1,
		.parent = process->parent, .group = process->group,
		.session = process->session,
	};

	core_registers(s.registers, t->frame, &t->context, t->tp,
		       &t->kept.arch);
	return image_note(w, CORE, NT_PRSTATUS, &s, sizeof s);
}

/* Until there is none of that number; what has been begun then, is taken back. */
static int note_sets(struct writer *w, struct thread *t)
{
	size_t room = frame_size + 1024, begin, size;
	unsigned type;
	Elf64_Nhdr *head;
	char *to;

	for (int i = 0; ; i++) {
		begin = w->notes.size;
		head = image_note_begin(w, i ? LINUX : CORE, 0);
		to = writer_add(&w->notes, room);
		if (!head || !to)
			return -ENOMEM;
		size = core_set(i, to, &type, t->frame, &t->context, t->tp,
				&t->kept.arch);
		if (!size)
			break;
		w->notes.size -= room - size;
		head->n_type = type;
		image_note_end(w, head);
	}
	w->notes.size = begin;
	memset(head, 0, (size_t)(to - (char *)head));
	return 0;
}

static int note_thread(struct writer *w, struct thread *t)
{
	struct image_thread about;
	int r = note_sets(w, t);

	describe_thread(t, &about);
	if (r == 0)
		r = image_note(w, IMAGE_OWNER, IMAGE_THREAD, &about, sizeof about);
	return r;
}

/* ---- The process --------------------------------------------------------------- */

/* Words, not ends of words: a line break is a space, too.  All of it is only for
 * show: what cannot be had is left empty. */
static void inform(const struct writer *w, struct information *i)
{
	const char *program = program_path(), *base = program;
	int fd = (int)sys(openat, AT_FDCWD, "/proc/self/cmdline",
			  O_RDONLY | O_CLOEXEC);
	long n;

	*i = (struct information){
		.letter = 'R', .uid = (unsigned)sys(getuid),
		.gid = (unsigned)sys(getgid), .pid = w->pid,
		.parent = w->parent, .group = (int)sys(getpgid, 0),
		.session = (int)sys(getsid, 0),
	};
	n = sys(read, fd, i->arguments, sizeof i->arguments - 1);
	sys(close, fd);
	for (long at = 0; at < n - 1; at++)
		if (!i->arguments[at])
			i->arguments[at] = ' ';
	while (*program)
		if (*program++ == '/')
			base = program;
	format(i->name, sizeof i->name, "%s", base);
}

static int has_file(struct writer *w, const struct image_mapping *m)
{
	return w->strings.data[m->name] == '/';
}

/* NT_FILE: a count and the page size; then begin, end, page of the file for each
 * mapping of one; then their names. */
static int note_mapped_files(struct writer *w)
{
	const struct image_mapping *m = (void *)w->mappings.data;
	size_t all = w->mappings.size / sizeof *m;
	Elf64_Nhdr *head = image_note_begin(w, CORE, NT_FILE);
	unsigned long count[2] = { 0, page_size };
	char *counted = writer_add(&w->notes, sizeof count), *to;
	const char *name;

	if (!head || !counted)
		return -ENOMEM;
	for (size_t i = 0; i < all; i++) {
		if (!has_file(w, &m[i]))
			continue;
		to = writer_add(&w->notes, 3 * sizeof(long));
		if (!to)
			return -ENOMEM;
		memcpy(to, (unsigned long[]){ m[i].begin, m[i].end,
		       m[i].offset / page_size }, 3 * sizeof(long));
		count[0]++;
	}
	memcpy(counted, count, sizeof count);
	for (size_t i = 0; i < all; i++) {
		if (!has_file(w, &m[i]))
			continue;
		name = w->strings.data + m[i].name;
		to = writer_add(&w->notes, strlen(name) + 1);
		if (!to)
			return -ENOMEM;
		memcpy(to, name, strlen(name) + 1);
	}
	return image_note_end(w, head);
}

/* Fields of /proc/self/stat, counted from 1; the second is in parentheses and
 * may have some itself. */
static int read_stat(struct writer *w, char *line)
{
	struct image_process *p = (void *)w->bounce;
	const char *s = line + strlen(line);
	unsigned long field[53] = { 0 };

	while (s > line && *s != ')')
		s--;
	for (int i = 2; *s && i < 53; i++) {
		field[i] = proc_parse(&s, 10);
		while (*s && *s != ' ')
			s++;
		s += *s == ' ';
	}
	p->start_code = field[26];
	p->end_code = field[27];
	p->start_stack = field[28];
	p->start_data = field[45];
	p->end_data = field[46];
	p->start_brk = field[47];
	p->arg_start = field[48];
	p->arg_end = field[49];
	p->env_start = field[50];
	p->env_end = field[51];
	return 0;
}

static int note_process(struct writer *w)
{
	struct image_process *p = (void *)w->bounce;	/* free just now */
	char directory[PATH_ROOM];
	struct timespec now;
	long name;
	int r;

	memset(p, 0, sizeof *p);
	sys(clock_gettime, CLOCK_REALTIME, &now);
	p->version = IMAGE_VERSION;
	p->page_size = (__u32)page_size;
	p->entry = (__u64)restart_entry;
	p->stack = (__u64)respawn_stack_end();
	p->date = (__u64)(now.tv_sec * NANOSECONDS + now.tv_nsec);
	p->frame_size = frame_size;
	p->threads = (__u32)thread_count;
	p->pid = (__u32)w->pid;
	p->umask = (__u32)sys(umask, 0);
	name = writer_string(w, program_path());
	if (name < 0)
		return (int)name;
	p->program = (__u32)name;
	name = sys(getcwd, directory, sizeof directory);
	if (name < 0)
		return (int)name;
	name = writer_string(w, directory);
	if (name < 0)
		return (int)name;
	p->directory = (__u32)name;
	r = writer_lines(w, "/proc/self/stat", read_stat);
	if (r < 0)
		return r;
	p->brk = (__u64)sys(brk, 0);
	return image_note(w, IMAGE_OWNER, IMAGE_PROCESS, p, sizeof *p);
}

static int note_signals(struct writer *w)
{
	struct kernel_action action;
	struct image_signal all[SIGNALS] = { 0 };

	for (int i = 0, r; i < SIGNALS; i++) {
		r = kernel_action(i + 1, NULL, &action);
		if (r < 0)
			return r;
		all[i] = (struct image_signal){
			(__u64)action.handler, action.flags,
			(__u64)action.restorer, action.mask
		};
	}
	return image_note(w, IMAGE_OWNER, IMAGE_SIGNALS, all, sizeof all);
}

static int note_limits(struct writer *w)
{
	struct image_limit all[LIMITS] = { 0 };

	for (int i = 0, r; i < LIMITS; i++) {
		r = (int)sys(prlimit64, 0, i, NULL, &all[i]);
		if (r < 0)
			return r;
	}
	return image_note(w, IMAGE_OWNER, IMAGE_LIMITS, all, sizeof all);
}

/* What a core has once, stands behind the first thread's status. */
static int note_once(struct writer *w, const struct information *process)
{
	int r = image_note(w, CORE, NT_PRPSINFO, process, sizeof *process);

	if (r == 0)
		r = note_file(w, NT_AUXV, "/proc/self/auxv");
	return r ? r : note_mapped_files(w);
}

int image_describe(struct writer *w)
{
	struct information process;
	int r = 0, first = 1;

	inform(w, &process);
	for_each_thread(t) {
		r = note_status(w, t, &process);
		if (r == 0 && first)
			r = note_once(w, &process);
		if (r == 0)
			r = note_thread(w, t);
		if (r < 0)
			return r;
		first = 0;
	}
	r = note_process(w);
	if (r == 0)
		r = image_note(w, IMAGE_OWNER, IMAGE_MAPPINGS, w->mappings.data,
			       w->mappings.size);
	if (r == 0)
		r = files_describe_open(w);
	if (r == 0)
		r = note_signals(w);
	if (r == 0)
		r = note_limits(w);
	return r ? r : image_note(w, IMAGE_OWNER, IMAGE_STRINGS,
				  w->strings.data, w->strings.size);
}
