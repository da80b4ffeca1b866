/* The program whose images tests/check-gdb-image and tests/check-hostile look at.
 *   image_program crew IMAGE      threads in all the places that a debugger finds
 *                                 hard, with known values in their registers
 *   image_program pages IMAGE N   N pages, of which every other was touched
 *   image_program files IMAGE     open files of which some cannot be restored
 *   image_program notes IMAGE     not a program to restart: the notes of an image,
 *                                 by a reader of its own
 * Exit status: 0 when the image is written; RESTARTED when restarted from it, and
 * all is as it was. */
#include "test.h"
#include <linux/elf.h>
#include <linux/mman.h>
#include <linux/stat.h>

#define RESTARTED 42
#define LEAVES 3
#define MEGABYTE (1 << 20)

struct leaf {				/* image_vectors.S knows the offsets */
	unsigned char vectors[32][64];
	unsigned long zone[16];
	unsigned char seen[32][64];
	unsigned long seen_zone[16];
	unsigned long general;
	int ready, go;
};
_Static_assert(offsetof(struct leaf, zone) == 2048, "zone");
_Static_assert(offsetof(struct leaf, seen) == 2176, "seen");
_Static_assert(offsetof(struct leaf, seen_zone) == 4224, "seen_zone");
_Static_assert(offsetof(struct leaf, general) == 4352, "general");
_Static_assert(offsetof(struct leaf, ready) == 4360, "ready");
_Static_assert(offsetof(struct leaf, go) == 4364, "go");

void vector_leaf(struct leaf *leaf, int size);
int vector_size(void);

/* ---- The crew ------------------------------------------------------------ */

/* A debugger reads all of this by name. */
struct leaf leaves[LEAVES];
int size_of_vector;
const char text[] = "constant";
int initialized = 0x1badcafe;
char zeros[MEGABYTE];
_Thread_local unsigned long own = 1;

/* By thread id: its thread pointer, where its variable is, and its value. */
struct known {
	struct thread *tcb;
	unsigned long *own, value;
	int tid;
} known[10];
int known_count;

static int ready, ends[2], deep, may_go;
static struct mutex mutex;

static void note_self(unsigned long value)
{
	int id = thread_id(thread_self());

	own = value;
	known[id] = (struct known){
		thread_self(), &own, value, thread_tid(thread_self())
	};
	add(&known_count, 1);
}

static void *leaf_thread(void *argument)
{
	struct leaf *leaf = argument;

	note_self(leaf->general);
	vector_leaf(leaf, size_of_vector);
	return leaf;
}

static void *read_thread(void *unused)
{
	char c = 0;

	note_self(0x100);
	add(&ready, 1);
	CHECK_EQUAL(system_call(__NR_read, ends[0], &c, 1), 1);
	CHECK_EQUAL(own, 0x100);
	return unused;
}

static void *lock_thread(void *unused)
{
	note_self(0x101);
	add(&ready, 1);
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
	return unused;
}

/* For a breakpoint in the restarted process, too. */
__attribute__((noinline)) void known_place(int number)
{
	store(&deep, number);
	while (!load(&may_go))
		__asm__ volatile("" : : "r"(number) : "memory");
}

__attribute__((noinline)) static void second_handler(int signal)
{
	known_place(signal);
	__asm__ volatile("");			/* not a tail call */
}

__attribute__((noinline)) static void first_handler(int signal)
{
	system_call(__NR_tkill, thread_tid(thread_self()), SIGUSR2);
	__asm__ volatile("" : : "r"(signal));
}

__attribute__((noinline)) static void raise_first(void)
{
	system_call(__NR_tkill, thread_tid(thread_self()), SIGUSR1);
	__asm__ volatile("");
}

static void *nested_thread(void *unused)
{
	static char stack[256 << 10] __attribute__((aligned(64)));
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };

	note_self(0x102);
	CHECK_EQUAL(system_call(__NR_sigaltstack, &alternate, NULL), 0);
	raise_first();
	return unused;
}

static void fill_leaf(int n)
{
	struct leaf *leaf = &leaves[n];

	leaf->general = 0x1000UL * (unsigned)(n + 1) + 0xabcd00000000;
	for (int i = 0; i < 32; i++)
		for (int k = 0; k < 64; k++)
			leaf->vectors[i][k] = (unsigned char)
				(n * 31 + i * 7 + k * 3 + 1);
	for (int i = 0; i < 16; i++)
		leaf->zone[i] = leaf->general + 16 + (unsigned)i;
}

static void check_leaf(int n, int count)
{
	struct leaf *leaf = &leaves[n];

	for (int i = 0; i < count; i++)
		CHECK_EQUAL(memcmp(leaf->seen[i], leaf->vectors[i],
				   (size_t)size_of_vector), 0);
	CHECK_EQUAL(memcmp(leaf->seen_zone, leaf->zone, sizeof leaf->zone), 0);
}

__attribute__((noinline)) static int take_image(const char *path)
{
	int r = checkpoint(path);

	if (r < 0)
		eprint("checkpoint: %d\n", r);
	CHECK(r >= 0);
	return r;
}

static struct thread *start_crew(struct thread *threads[])
{
	struct signal_action action = { .flags = SA_ONSTACK };
	int n = 0;

	size_of_vector = vector_size();
	action.handler = first_handler;
	CHECK_EQUAL(signal_action(SIGUSR1, &action, NULL), 0);
	action.handler = second_handler;
	CHECK_EQUAL(signal_action(SIGUSR2, &action, NULL), 0);
	open_pipe(ends);
	CHECK_EQUAL(mutex_lock(&mutex), 0);
	for (int i = 0; i < LEAVES; i++) {
		fill_leaf(i);
		threads[n++] = spawn(leaf_thread, &leaves[i]);
	}
	threads[n++] = spawn(read_thread, NULL);
	threads[n++] = spawn(lock_thread, NULL);
	threads[n++] = spawn(nested_thread, NULL);
	for (int i = 0; i < LEAVES; i++)
		while (!load(&leaves[i].ready))
			system_call(__NR_sched_yield);
	while (load(&deep) != SIGUSR2 || load(&ready) != 2)
		system_call(__NR_sched_yield);
	wait_asleep(thread_tid(threads[LEAVES]));
	wait_asleep(thread_tid(threads[LEAVES + 1]));
	threads[n] = NULL;
	return threads[0];
}

static int crew(const char *path)
{
	struct thread *threads[10];
	int r;

	note_self(0x103);
	start_crew(threads);
	r = take_image(path);
	store(&may_go, 1);
	for (int i = 0; i < LEAVES; i++)
		store(&leaves[i].go, 1);
	tell(ends);
	CHECK_EQUAL(mutex_unlock(&mutex), 0);
	for (int i = 0; threads[i]; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	for (int i = 0; i < LEAVES; i++)
		check_leaf(i, size_of_vector == 64 ? 32 : 16);
	CHECK_EQUAL(own, 0x103);
	return r ? RESTARTED : 0;
}

/* ---- Pages, files --------------------------------------------------------- */

static int pages(const char *path, const char *number)
{
	long count = 0, page = 4096, memory;
	char *m;
	int r;

	for (; *number; number++)
		count = count * 10 + (*number - '0');
	memory = system_call(__NR_mmap, 0, count * page, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(memory > 0);
	m = (char *)memory;
	for (long i = 0; i < count; i += 2)
		*(long *)(m + i * page) = i + 1;
	r = take_image(path);
	for (long i = 0; i < count; i++)
		CHECK_EQUAL(*(long *)(m + i * page), i % 2 ? 0 : i + 1);
	return r ? RESTARTED : 0;
}

/* The descriptors: 3 a socket, 4 an eventfd, 5 half a pipe, 6 a file without a
 * name, 7 one with, 8 and 9 a whole pipe. */
static int files(const char *path)
{
	int pair[2], half[2];
	char name[256];
	long r;

	CHECK_EQUAL(system_call(__NR_socket, 1, 1, 0), 3);
	CHECK_EQUAL(system_call(__NR_eventfd2, 0, 0), 4);
	open_pipe(half);
	format(name, sizeof name, "%s.deleted", path);
	r = system_call(__NR_openat, AT_FDCWD, name, O_RDWR | O_CREAT, 0600);
	CHECK_EQUAL(r, 7);
	CHECK_EQUAL(system_call(__NR_unlinkat, AT_FDCWD, name, 0), 0);
	CHECK_EQUAL(system_call(__NR_dup3, 7, 6, 0), 6);
	CHECK_EQUAL(system_call(__NR_close, 7), 0);
	CHECK_EQUAL(system_call(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR, 0),
		    7);
	open_pipe(pair);
	if (take_image(path) == 0)
		return 0;
	CHECK_EQUAL(pair[0], 8);
	tell(pair);
	hear(pair);
	for (int fd = 3; fd < 7; fd++)
		CHECK_EQUAL(system_call(__NR_fcntl, fd, F_GETFD), -EBADF);
	CHECK_EQUAL(system_call(__NR_fcntl, 7, F_GETFD), 0);
	return RESTARTED;
}

/* ---- Notes: a reader that shares nothing with core/image.c ------------------ */

static const char *file_bytes;
static unsigned long file_size;

static const void *bytes_at(unsigned long offset, unsigned long size)
{
	CHECK(offset <= file_size && size <= file_size - offset);
	return file_bytes + offset;
}

static void map_file(const char *path)
{
	struct statx s;
	long fd = system_call(__NR_openat, AT_FDCWD, path, O_RDONLY, 0), m;

	CHECK(fd >= 0);
	CHECK_EQUAL(system_call(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_SIZE,
				&s), 0);
	file_size = s.stx_size;
	m = system_call(__NR_mmap, 0, file_size, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(m > 0);
	file_bytes = (const char *)m;
}

static void show_notes(const Elf64_Phdr *p)
{
	unsigned long at = p->p_offset, end = at + p->p_filesz;

	CHECK_EQUAL(p->p_align, 4);
	CHECK_EQUAL(at % 4, 0);
	while (at < end) {
		const Elf64_Nhdr *n = bytes_at(at, sizeof *n);
		const char *owner = bytes_at(at + sizeof *n, n->n_namesz);
		unsigned long contents = at + sizeof *n +
			((n->n_namesz + 3UL) & ~3UL);
		unsigned long next = contents + ((n->n_descsz + 3UL) & ~3UL);
		const char *padding = bytes_at(contents, next - contents);

		CHECK(n->n_namesz && !owner[n->n_namesz - 1]);
		CHECK_EQUAL(strlen(owner) + 1, n->n_namesz);
		for (unsigned long i = n->n_descsz; i < next - contents; i++)
			CHECK_EQUAL(padding[i], 0);
		CHECK_EQUAL(contents % 4, 0);
		print("%s 0x%x %u %lu\n", owner, n->n_type, n->n_descsz,
		      contents);
		at = next;
	}
	CHECK_EQUAL(at, end);
}

static int notes(const char *path)
{
	const Elf64_Ehdr *e;
	const Elf64_Phdr *p;
	unsigned long count;

	map_file(path);
	e = bytes_at(0, sizeof *e);
	count = e->e_phnum;
	if (count == 0xffff)
		count = ((const Elf64_Shdr *)bytes_at(e->e_shoff,
				sizeof(Elf64_Shdr)))->sh_info;
	p = bytes_at(e->e_phoff, count * sizeof *p);
	print("headers %lu\n", count);
	for (unsigned long i = 0; i < count; i++) {
		if (p[i].p_type == PT_NOTE)
			show_notes(&p[i]);
		else
			CHECK_EQUAL(p[i].p_offset % p[i].p_align, 0);
		bytes_at(p[i].p_offset, p[i].p_filesz);
	}
	return 0;
}

int main(int argc, char **argv)
{
	/* What who calls has left open could not be restored. */
	system_call(__NR_close_range, 3, ~0U, 0);
	if (argc == 3 && !strcmp(argv[1], "crew"))
		return crew(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "pages"))
		return pages(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "files"))
		return files(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "notes"))
		return notes(argv[2]);
	return 2;
}
