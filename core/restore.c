/* Restart turns into the process of the image: all memory but restart's own
 * goes, and the image's comes.  What is here runs on a stack of restart's own
 * and has no thread pointer, so system calls are bare ones; the last of it is a
 * jump to the image's entry, which makes the threads and frees restart. */
#include "restart.h"
#include <linux/resource.h>
#include <linux/uio.h>

#define OWN_MAPPINGS 8		/* those of restart, about */

static unsigned standard_to_close;
static char stack[16 << 10] __attribute__((aligned(16)));

/* ---- Memory: mapping --------------------------------------------------- */

static _Noreturn void lost(unsigned long address, long error)
{
	refuse("memory at 0x%lx: cannot be mapped: %s", address,
	       error_text(error));
}

/* A kernel may have sealed its own mappings, the vDSO (MSEAL_SYSTEM_MAPPINGS):
 * then it refuses a whole range, -EPERM, for one page of them.  All around them
 * is unmapped; they stay, and are met only if the image has something there. */
static long unmap_around(unsigned long begin, unsigned long end)
{
	long r = sys(munmap, begin, end - begin);
	unsigned long middle = begin + ((end - begin) / 2 & -page_size);

	if (r != -EPERM)
		return r;
	if (middle == begin)
		return 0;
	r = unmap_around(begin, middle);
	return r < 0 ? r : unmap_around(middle, end);
}

static void unmap(unsigned long begin, unsigned long end)
{
	long r = unmap_around(begin, end);

	if (r < 0)
		refuse("old memory: cannot be unmapped: %s", error_text(r));
}

static void map(unsigned long at, unsigned long size, int protection, int flags,
		int fd, unsigned long offset)
{
	long r = sys(mmap, at, size, protection, flags, fd, offset);

	if (r != (long)at)
		lost(at, r < 0 ? r : -EEXIST);
}

/* Contents that stay in the image until they are used.  A stack cannot both
 * grow and be a file; it is read. */
static int is_lazy(const struct image_mapping *m)
{
	return options.lazy &&
		!(m->flags & (IMAGE_MAP_SHARED | IMAGE_MAP_STACK));
}

/* Segments from *next on, up to where the mapping ends; NULL: no more.  Those
 * without contents are passed over. */
static const Elf64_Phdr *next_segment(const struct image_mapping *m,
				      unsigned *next)
{
	while (*next < image.segment_count &&
	       image.segments[*next].p_vaddr < m->end) {
		const Elf64_Phdr *p = &image.segments[(*next)++];

		if (p->p_filesz)
			return p;
	}
	return NULL;
}

/* What it is mapped with while its contents are read. */
static int first_protection(const struct image_mapping *m, unsigned next)
{
	if (is_lazy(m) || !next_segment(m, &next))
		return (int)m->protection;
	return PROT_READ | PROT_WRITE;
}

/* The kernel's limit would be met when there is no way back.  With --lazy, a
 * mapping becomes one for each segment and each space between them. */
void check_count(void)
{
	unsigned long count = OWN_MAPPINGS, limit = 0;
	long fd = sys(openat, AT_FDCWD, "/proc/sys/vm/max_map_count",
		      O_RDONLY | O_CLOEXEC);
	char text[32];
	long n = sys(read, fd, text, sizeof text);
	const Elf64_Phdr *p;

	sys(close, fd);
	for (long i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
		limit = limit * 10 + (unsigned long)(text[i] - '0');
	for (unsigned i = 0, next = 0; i < image.mapping_count; i++) {
		struct image_mapping m = mapping_at(i);
		unsigned long at = m.begin;

		while ((p = next_segment(&m, &next)))
			if (is_lazy(&m)) {
				count += 1 + (p->p_vaddr > at);
				at = p->p_vaddr + p->p_filesz;
			}
		count += at < m.end;
	}
	if (limit && count > limit)
		refuse("needs %lu mappings%s: vm.max_map_count is %lu", count,
		       options.lazy ? " with --lazy" : "", limit);
}

static void map_one(unsigned i, unsigned *next)
{
	struct image_mapping m = mapping_at(i);
	int file = mapped_files[i];
	int flags = MAP_FIXED_NOREPLACE | MAP_NORESERVE |
		(file < 0 ? MAP_ANONYMOUS : 0) |
		(m.flags & IMAGE_MAP_SHARED ? MAP_SHARED : MAP_PRIVATE) |
		(m.flags & IMAGE_MAP_STACK ? MAP_GROWSDOWN | MAP_STACK : 0);
	const Elf64_Phdr *p;

	map(m.begin, m.end - m.begin, first_protection(&m, *next), flags,
	    file, m.flags & IMAGE_MAP_FILE ? m.offset : 0);
	while ((p = next_segment(&m, next)))
		if (is_lazy(&m))
			map(p->p_vaddr, p->p_filesz, (int)m.protection,
			    MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, image_fd,
			    p->p_offset);
}

static void map_all(void)
{
	unsigned next = 0;

	for (unsigned i = 0; i < image.mapping_count; i++)
		map_one(i, &next);
	for (unsigned i = 0; i < image.mapping_count; i++)
		if (mapped_files[i] >= 0)
			sys(close, mapped_files[i]);
}

/* ---- Memory: contents -------------------------------------------------- */

/* Pieces of memory that lie one behind the other in the image are read together.
 * In large ones all pages are made at once, which costs half of what a fault for
 * each costs, and just before: so they are still in the processor's cache. */
#define PIECES 1024
#define BATCH  (1UL << 20)
#define LARGE  (64UL << 10)
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23		/* Linux 5.14; it need not be obeyed */
#endif

static struct {
	struct iovec piece[PIECES];
	unsigned count;
	unsigned long offset, size;
} batch;

static void read_batch(void)
{
	long n;

	for (unsigned i = 0; i < batch.count; i++)
		if (batch.piece[i].iov_len >= LARGE)
			sys(madvise, batch.piece[i].iov_base,
			    batch.piece[i].iov_len, MADV_POPULATE_WRITE);
	n = sys(preadv, image_fd, batch.piece, batch.count, batch.offset, 0);
	for (unsigned i = 0; i < batch.count; i++) {
		char *to = batch.piece[i].iov_base;
		long size = (long)batch.piece[i].iov_len;
		long have = n < 0 ? 0 : n < size ? n : size;

		if (have < size)		/* or says why not */
			read_image(to + have, (size_t)(size - have),
				   batch.offset + (unsigned long)have);
		batch.offset += (unsigned long)size;
		n -= size;
	}
	batch.count = 0;
	batch.size = 0;
}

static void read_segment(const Elf64_Phdr *p)
{
	for (unsigned long done = 0, n; done < p->p_filesz; done += n) {
		if (batch.count == PIECES || batch.size == BATCH ||
		    batch.offset + batch.size != p->p_offset + done)
			read_batch();
		if (!batch.count)
			batch.offset = p->p_offset + done;
		n = p->p_filesz - done;
		if (n > BATCH - batch.size)
			n = BATCH - batch.size;
		batch.piece[batch.count++] = (struct iovec){
			(void *)(p->p_vaddr + done), n
		};
		batch.size += n;
	}
}

static void read_all(void)
{
	unsigned next = 0;
	const Elf64_Phdr *p;

	for (unsigned i = 0; i < image.mapping_count; i++) {
		struct image_mapping m = mapping_at(i);

		while ((p = next_segment(&m, &next)))
			if (!is_lazy(&m))
				read_segment(p);
	}
	read_batch();
}

static void protect_all(void)
{
	unsigned next = 0;

	for (unsigned i = 0; i < image.mapping_count; i++) {
		struct image_mapping m = mapping_at(i);
		int first = first_protection(&m, next);
		long r = 0;

		if (first != (int)m.protection)
			r = sys(mprotect, m.begin, m.end - m.begin,
				m.protection);
		if (r < 0)
			lost(m.begin, r);
		while (next_segment(&m, &next))
			;
	}
}

/* ---- The rest of the process ------------------------------------------- */

/* So that brk() goes on where it was, and /proc shows the arguments.  A kernel
 * may refuse: without CONFIG_CHECKPOINT_RESTORE, there is no such call. */
static void describe_memory(void)
{
	const struct image_process *p = &image.process;
	struct prctl_mm_map m = {
		.start_code = p->start_code, .end_code = p->end_code,
		.start_data = p->start_data, .end_data = p->end_data,
		.start_brk = p->start_brk, .brk = p->brk,
		.start_stack = p->start_stack,
		.arg_start = p->arg_start, .arg_end = p->arg_end,
		.env_start = p->env_start, .env_end = p->env_end,
		.exe_fd = (__u32)-1,
	};

	sys(prctl, PR_SET_MM, PR_SET_MM_MAP, &m, sizeof m, 0);
}

static void set_limits(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct image_limit saved = image_get(image.limits, i,
						     struct image_limit);
		struct rlimit64 limit;
		long r = sys(prlimit64, 0, i, NULL, &limit);

		if (limit.rlim_max > saved.hard)
			limit.rlim_max = saved.hard;
		limit.rlim_cur = saved.soft < limit.rlim_max ? saved.soft :
			limit.rlim_max;
		if (r == 0)
			r = sys(prlimit64, 0, i, &limit, NULL);
		if (r < 0)
			refuse("limit %d: %s", i, error_text(r));
	}
}

_Static_assert(sizeof(struct image_signal) == sizeof(struct kernel_action),
	       "the kernel's layout");

static void set_actions(void)
{
	for (int i = 0; i < 64; i++) {
		struct image_signal action = image_get(image.signals, i,
						       struct image_signal);

		long r = sys(rt_sigaction, i + 1, &action, NULL,
			     sizeof action.mask);

		if (r < 0 && i + 1 != SIGKILL && i + 1 != SIGSTOP)
			refuse("signal %d: %s", i + 1, error_text(r));
	}
}

/* Called by the image when it cannot make a thread. */
static void fail(int error, int thread_id)
{
	if (error == -EEXIST && options.same_pid)
		refuse("thread %d: --same-pid: its id is in use", thread_id);
	if (thread_id < 0)
		refuse("the threads cannot be made: %s", error_text(error));
	refuse("thread %d: cannot be made: %s", thread_id, error_text(error));
}

static void turn(void *unused)
{
	static struct restart restart;

	(void)unused;
	unmap(0, own_begin);
	unmap(own_end, user_end);
	map_all();
	read_all();
	protect_all();
	describe_memory();
	sys(close, image_fd);
	for (int fd = 0; fd <= 2; fd++)
		if (standard_to_close & 1U << fd)
			sys(close, fd);
	sys(umask, image.process.umask);
	set_actions();
	set_limits();
	restart = (struct restart){
		.begin = own_begin, .size = own_end - own_begin, .fail = fail,
		.ordered = options.ordered, .stop = options.stop,
		.same_tids = options.same_pid,
	};
	run_on_stack((void (*)(void *))image.process.entry, &restart,
		     (void *)image.process.stack);
}

/* The kernel forgets where it would write when this thread ends: there will be
 * other memory. */
_Noreturn void restore(unsigned to_close)
{
	standard_to_close = to_close;
	set_mask(SIG_SETMASK, ALL_SIGNALS);
	sys(set_tid_address, NULL);
	sys(set_robust_list, NULL, sizeof(struct robust_list_head));
	run_on_stack(turn, NULL, stack + sizeof stack);
}
