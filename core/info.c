/* restart --info: what is in an image, for a reader.  The image has been
 * checked, but for the contents of its memory. */
#include "restart.h"

static const char *const call_names[] = {
#include "syscall_names.h"
};

/* Collects lines and writes them together: there can be thousands. */
static char text[64 << 10];
static int text_length;

static void flush(void)
{
	long n;

	for (int done = 0; done < text_length; done += (int)n) {
		n = sys(write, 1, text + done, text_length - done);
		if (n == -EINTR)
			n = 0;
		if (n < 0) {
			put_line(2, format(line, LINE_SIZE,
					   "restart: standard output: %s\n",
					   error_text(n)));
			exit_group(1);
		}
	}
	text_length = 0;
}

/* A name may have line breaks in it: only those of the format are ours. */
static void say_line(int length, int begins, int ends)
{
	if (text_length + length > (int)sizeof text)
		flush();
	for (int i = 0; i < length; i++)
		text[text_length++] = ((unsigned char)line[i] >= ' ' &&
				       line[i] != 0x7f) ||
			(i == 0 && begins) || (i == length - 1 && ends) ?
			line[i] : '?';
}

#define say(f, ...) say_line(format(line, LINE_SIZE, f, ##__VA_ARGS__), \
	*f == '\n', sizeof f > 1 && f[sizeof f - 2] == '\n')

/* ---- Process ----------------------------------------------------------- */

/* Days since 1970 to a date, in years that begin in March: so the leap day is
 * the last of its year. */
static void say_date(unsigned long nanoseconds)
{
	unsigned long seconds = nanoseconds / 1000000000;
	unsigned long days = seconds / 86400 + 719468;	/* since 0000-03-01 */
	unsigned long era = days / 146097, day = days % 146097;
	unsigned long year = (day - day / 1460 + day / 36524 - day / 146096) /
		365;
	unsigned long month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month = month < 10 ? month + 3 : month - 9;
	year += 400 * era + (month <= 2);
	seconds %= 86400;
	say("date       %lu-%02lu-%02lu %02lu:%02lu:%02lu UTC\n", year, month,
	    day + 1, seconds / 3600, seconds / 60 % 60, seconds % 60);
}

static void say_process(void)
{
	const struct image_process *p = &image.process;

	say("program    %s\n", image_string(&image, p->program));
	say_date(p->date);
	say("process    %u\n", p->pid);
	say("directory  %s\n", image_string(&image, p->directory));
	say("size       %lu KiB\n", image.file_size >> 10);
}

/* ---- Threads ----------------------------------------------------------- */

/* By index: where the first of the mappings of the same file begins.  Between
 * them can be some without a name. */
static unsigned long *begins;

static void find_begins(void)
{
	struct image_mapping first = { .name = 0 };

	begins = allocate(image.mapping_count * sizeof *begins);
	for (unsigned i = 0; i < image.mapping_count; i++) {
		struct image_mapping m = mapping_at(i);

		if (*image_string(&image, m.name) && m.name != first.name &&
		    strcmp(image_string(&image, m.name),
			   image_string(&image, first.name)))
			first = m;
		begins[i] = first.begin;
	}
}

/* "demo+0x1234": counted from where the file begins in memory, as in a program
 * that has not been moved. */
static void locate(unsigned long pc, char *place, size_t size)
{
	int i = image_find(&image, pc);
	const char *name = i < 0 ? "" :
		image_string(&image, mapping_at((unsigned)i).name);

	*place = 0;
	if (*name)
		format(place, size, " %s+0x%lx", name, pc - begins[i]);
}

static void say_call(int call)
{
	const char *name = NULL;

	if (call >= 0 && (size_t)call < sizeof call_names / sizeof *call_names)
		name = call_names[call];
	if (name)
		say(", in %s", name);
	else if (call >= 0)
		say(", in system call %d", call);
}

static void say_thread(const struct image_thread *t)
{
	char place[PATH_SIZE + 32], symbol[256];

	locate(t->pc, place, sizeof place);
	symbol_find(t->pc, symbol, sizeof symbol);
	say("%5u %7u  %-15s  0x%lx%s", t->id, t->tid, t->name,
	    (unsigned long)t->pc, place);
	if (*symbol)
		say(" (%s)", symbol);
	say_call(t->call);
	say("\n");
}

static void say_threads(void)
{
	const unsigned char *note;
	unsigned long at = 0;
	__u32 type, size;

	find_begins();
	say("\nthreads    %u\n", image.process.threads);
	say("%5s %7s  %-15s  %s\n", "id", "tid", "name", "at");
	while ((note = image_next(&image, &at, &type, &size)))
		if (type == IMAGE_THREAD) {
			struct image_thread t = image_get(note, 0,
							struct image_thread);
			say_thread(&t);
		}
}

/* ---- Memory ------------------------------------------------------------ */

static void say_mapping(const struct image_mapping *m, unsigned long saved)
{
	const char *name = image_string(&image, m->name);

	say("%012lx-%012lx %c%c%c%c %9lu %9lu%s%s%s\n", (unsigned long)m->begin,
	    (unsigned long)m->end, m->protection & PROT_READ ? 'r' : '-',
	    m->protection & PROT_WRITE ? 'w' : '-',
	    m->protection & PROT_EXEC ? 'x' : '-',
	    m->flags & IMAGE_MAP_SHARED ? 's' : 'p',
	    (unsigned long)(m->end - m->begin) >> 10, saved >> 10,
	    *name ? "  " : "", name,
	    m->flags & IMAGE_MAP_FILE ? " (the file's contents)" : "");
}

static void say_memory(void)
{
	unsigned long all = 0, all_saved = 0;

	say("\nmemory     %u mappings; KiB, and KiB in the image\n",
	    image.mapping_count);
	for (unsigned i = 0, next = 0; i < image.mapping_count; i++) {
		struct image_mapping m = mapping_at(i);
		unsigned long saved = 0;

		while (next < image.segment_count &&
		       image.segments[next].p_vaddr < m.end)
			saved += image.segments[next++].p_filesz;
		say_mapping(&m, saved);
		all += m.end - m.begin;
		all_saved += saved;
	}
	say("%30s %9lu %9lu\n", "", all >> 10, all_saved >> 10);
}

/* ---- Files ------------------------------------------------------------- */

static const char *kind_name(const struct image_file *f)
{
	switch (f->kind) {
	case IMAGE_FILE_PIPE:
	case IMAGE_FILE_HALF_PIPE:
		return "pipe";
	case IMAGE_FILE_OTHER:
		return "other";
	case IMAGE_FILE_CLOSED:
		return "closed";
	}
	return "file";
}

static const char *mode_name(unsigned flags)
{
	static const char *const names[] = { "r", "w", "rw", "" };

	return flags & O_PATH ? "path" : names[flags & O_ACCMODE];
}

static void say_file(const struct image_file *f)
{
	const char *obstacle = file_obstacle(f);
	char mode[32];

	format(mode, sizeof mode, "%s%s%s%s", mode_name(f->flags),
	       f->flags & O_APPEND ? ",append" : "",
	       f->flags & O_NONBLOCK ? ",nonblock" : "",
	       f->descriptor_flags & FD_CLOEXEC ? ",cloexec" : "");
	say("%5u  %-6s  %-18s %9lu  %s", f->fd, kind_name(f), mode,
	    (unsigned long)f->offset, image_string(&image, f->name));
	if (f->same_as != f->fd)
		say(", same as %u", f->same_as);
	if (f->kind != IMAGE_FILE_CLOSED && f->same_as <= 2)
		say(", will be that of restart");
	else if (obstacle)
		say(", cannot be restored: %s", obstacle);
	say("\n");
}

/* The bytes that wait in the pipes within the process. */
static void say_pipes(void)
{
	const unsigned char *note;
	unsigned long at = 0;
	__u32 type, size;

	while ((note = image_next(&image, &at, &type, &size)))
		if (type == IMAGE_PIPE) {
			struct image_pipe p = image_get(note, 0,
							struct image_pipe);
			say("pipe %u of %u bytes, with %u in it\n", p.number,
			    p.capacity, p.size);
		}
}

static void say_files(void)
{
	say("\nfiles      %u\n", image.file_count);
	if (image.file_count)
		say("%5s  %-6s  %-18s %9s  %s\n", "fd", "kind", "mode",
		    "offset", "name");
	for (unsigned i = 0; i < image.file_count; i++) {
		struct image_file f = file_at(i);

		say_file(&f);
	}
	say_pipes();
}

_Noreturn void info(void)
{
	say_process();
	say_threads();
	say_memory();
	say_files();
	flush();
	exit_group(0);
}
