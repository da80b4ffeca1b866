/* restart IMAGE: goes on with the process in an image, as this process.
 *
 * Everything that can be looked at is looked at first: the whole image, the
 * machine, the files to open.  Only then memory is replaced, and from there on
 * there is no way back (restore.c). */
#include "restart.h"
#include <linux/auxvec.h>
#include <linux/close_range.h>
#include <linux/resource.h>
#include <linux/stat.h>
#include <linux/sysinfo.h>

#define MOST (4UL << 30)	/* of notes: millions of threads, or of pages */

struct image image;
int image_fd;
unsigned long own_begin, own_end, user_end;

extern char __executable_start[], _end[];

/* ---- Reading ----------------------------------------------------------- */

/* A file can be one large hole, and an image claim any size at no cost: nobody
 * shall wait for so many zeros, or lose other processes for want of memory. */
static unsigned long machine_memory(void)
{
	struct sysinfo s;

	if (sys(sysinfo, &s) < 0)
		return ~0UL;
	return (s.totalram + s.totalswap) * s.mem_unit;
}

void *allocate(size_t size)
{
	unsigned long at = own_end;
	long r = -ENOMEM;

	size = ((size | 1) + page_size - 1) & -page_size;
	if (size <= MOST && size <= machine_memory() / 4)
		r = sys(mmap, at, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1);
	if ((unsigned long)r != at)
		refuse("%lu bytes of memory to read it: %s", size,
		       error_text(r < 0 ? r : -EEXIST));
	own_end += size;
	return (void *)at;
}

void read_image(void *to, size_t size, unsigned long offset)
{
	char *at = to;
	long n;

	for (; size; at += n, size -= (size_t)n, offset += (unsigned long)n) {
		n = sys(pread64, image_fd, at, size, offset);
		if (n == -EINTR)
			n = 0;
		else if (n < 0)
			refuse("%s", error_text(n));
		else if (n == 0)
			refuse("is being cut short");
	}
}

/* An image is a program, and gets all rights of who restarts it.  This asks the
 * open file: a name could lead to another one by now. */
static void check_owner(const struct statx *status)
{
	unsigned user = (unsigned)sys(geteuid);

	if (status->stx_uid != user)
		refuse("belongs to user %u, you are user %u: it would have your "
		       "rights (--trust gives them)", status->stx_uid, user);
	if (status->stx_mode & (S_IWGRP | S_IWOTH))
		refuse("may be written to by others: it would have your rights "
		       "(--trust gives them)");
}

/* Nothing but the three standard descriptors is taken from who calls restart;
 * O_NONBLOCK: a FIFO is not waited for, it is refused. */
static unsigned long open_image(void)
{
	struct statx status;
	long fd = sys(openat, AT_FDCWD, options.path,
		      O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), r;

	image_fd = away((int)fd);
	if (image_fd < 0)
		refuse("%s", error_text(image_fd));
	r = sys(statx, image_fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status);
	if (r < 0)
		refuse("%s", error_text(r));
	if (!S_ISREG(status.stx_mode))
		refuse("is not a regular file");
	if (!options.trust && !options.info)
		check_owner(&status);
	if (image_fd > 3)
		sys(close_range, 3, image_fd - 1, 0);
	sys(close_range, image_fd + 1, ~0U, 0);
	return status.stx_size;
}

static void require(const char *why_not)
{
	if (why_not)
		refuse("%s", why_not);
}

static void read_headers(unsigned long file_size)
{
	Elf64_Ehdr header = { .e_type = 0 };
	void *bytes;

	read_image(&header, file_size < sizeof header ? file_size :
		   sizeof header, 0);
	require(image_header(&image, &header, file_size));
	bytes = allocate(image.table_size);
	read_image(bytes, image.table_size, image.table_offset);
	require(image_table(&image, bytes));
	bytes = allocate(image.notes_size);
	read_image(bytes, image.notes_size, image.notes_offset);
	require(image_notes(&image, bytes));
}

/* ---- Checking ---------------------------------------------------------- */

static unsigned char chunk[256 << 10] __attribute__((aligned(4096)));

/* Between the header and the first segment. */
static void check_gap(void)
{
	unsigned size = image.process.page_size;

	read_image(chunk, size, 0);
	for (unsigned i = sizeof(Elf64_Ehdr); i < size; i++)
		if (chunk[i])
			refuse("has something behind its header");
}

static void check_segment(unsigned i)
{
	const Elf64_Phdr *p = &image.segments[i];
	__u32 sum = 0;

	for (unsigned long done = 0, n; done < p->p_filesz; done += n) {
		n = p->p_filesz - done;
		n = n < sizeof chunk ? n : sizeof chunk;
		read_image(chunk, n, p->p_offset + done);
		sum = crc32c(sum, chunk, n);
	}
	if (sum != image_get(image.checksums, i, __u32))
		refuse("has damaged memory at 0x%lx: checksum",
		       (unsigned long)p->p_vaddr);
}

static void check_machine(void)
{
	const struct image_process *p = &image.process;

	if (p->page_size != page_size)
		refuse("was written with pages of %u bytes, here they have %lu",
		       p->page_size, page_size);
	if (p->frame_size > frame_size)
		refuse("was written on a processor with larger registers");
	if (!options.lazy && image.notes_offset > machine_memory())
		refuse("has %lu MiB in memory, this machine %lu: use --lazy",
		       image.notes_offset >> 20, machine_memory() >> 20);
}

/* Memory for programs ends at a power of two, on x86 a page before it: the
 * kernel does not know of pages beyond. */
static unsigned long find_user_end(void)
{
	for (int i = 0; i < 36; i++) {
		unsigned long end = (1UL << (56 - i / 2)) - (i % 2) * page_size;
		unsigned long last = end - page_size;
		long r = sys(mmap, last, page_size, PROT_NONE, MAP_PRIVATE |
			     MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1);

		if (r == (long)last)
			sys(munmap, last, page_size);
		if (r == (long)last || r == -EEXIST)
			return end;
	}
	refuse("memory to put it: %s", error_text(-ENOMEM));
}

/* Last of all that allocates, for it is about that memory too. */
static void check_place(void)
{
	user_end = find_user_end();
	for (unsigned i = 0; i < image.mapping_count; i++) {
		struct image_mapping m = mapping_at(i);

		if (m.begin < own_end && m.end > own_begin)
			refuse("has memory at 0x%lx, where restart itself is",
			       (unsigned long)m.begin);
		if (m.end > user_end)
			refuse("has memory at 0x%lx, where here is none",
			       (unsigned long)m.begin);
	}
}

/* ---- The process ------------------------------------------------------- */

/* To restore needs what the process needed, whatever the soft limits are here;
 * the process gets its own in the end. */
static void raise_limits(void)
{
	struct rlimit64 limit;

	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (!sys(prlimit64, 0, i, NULL, &limit)) {
			limit.rlim_cur = limit.rlim_max;
			sys(prlimit64, 0, i, &limit, NULL);
		}
}

static void change_directory(void)
{
	const char *path = image_string(&image, image.process.directory);
	long r = sys(chdir, path);

	if (r < 0)
		refuse("directory %s: %s", path, error_text(r));
}

/* Ends as the child has ended.  A core there was enough of them. */
static _Noreturn void end_like(int status)
{
	struct rlimit64 none = { 0, 0 };
	int signal = status & 0x7f;
	long self = sys(getpid);

	if (!signal)
		exit_group(status >> 8 & 0xff);
	sys(prlimit64, 0, RLIMIT_CORE, &none, NULL);
	kernel_action(signal, &(struct kernel_action){ .handler = SIG_DFL },
		      NULL);
	set_mask(SIG_SETMASK, 0);
	sys(kill, self, signal);
	exit_group(128 + signal);
}

/* The terminal's signals are the child's affair; and pipes end with it. */
static _Noreturn void await_child(int pid)
{
	int status = 0;
	long r;

	sys(close_range, 3, ~0U, 0);
	do
		r = sys(wait4, pid, &status, 0, NULL);
	while (r == -EINTR);
	end_like(r == pid ? status : 1 << 8);
}

/* A process chooses its id when it is born; so the rest is done by a child. */
static void take_pid(void)
{
	struct kernel_action ignore = { .handler = SIG_IGN };
	int pid = (int)image.process.pid;
	struct clone_args arguments = {
		.exit_signal = SIGCHLD,
		.set_tid = (unsigned long)&pid, .set_tid_size = 1,
	};
	long r = sys(clone3, &arguments, sizeof arguments);

	if (r == 0)
		return;
	if (r == -EPERM)
		refuse("--same-pid: needs CAP_CHECKPOINT_RESTORE "
		       "(root, or a user namespace)");
	if (r == -EEXIST)
		refuse("--same-pid: process id %d is in use", pid);
	if (r < 0)
		refuse("--same-pid: process id %d: %s", pid, error_text(r));
	kernel_action(SIGINT, &ignore, NULL);
	kernel_action(SIGQUIT, &ignore, NULL);
	await_child((int)r);
}

/* With set-user-ID or the like, whoever may call restart would have those rights
 * for any program. */
static void check_rights(char **envp)
{
	const unsigned long *auxiliary;

	while (*envp)
		envp++;
	auxiliary = (const unsigned long *)(envp + 1);
	for (; *auxiliary != AT_NULL; auxiliary += 2)
		if (*auxiliary == AT_SECURE && auxiliary[1])
			refuse("is not run: restart has rights here that its "
			       "caller has not");
}

int main(int argc, char **argv, char **envp)
{
	(void)argc;
	own_begin = (unsigned long)__executable_start & -page_size;
	own_end = ((unsigned long)_end + page_size - 1) & -page_size;
	options_read(argv);
	check_rights(envp);
	crc32c_begin();
	read_headers(open_image());
	check_gap();
	if (options.info)
		info();
	check_machine();
	for (unsigned i = 0; !options.lazy && i < image.segment_count; i++)
		check_segment(i);
	raise_limits();
	files_open();
	check_place();
	check_count();
	change_directory();
	if (options.same_pid)
		take_pid();
	restore(files_place());
}
