/* From _start to main: finds the TLS image, lays out the first thread's control
 * block, and calls main.  The kernel has left argc, argv, envp and the
 * auxiliary vector on the stack, in this order. */
#include "thread.h"
#include <linux/auxvec.h>
#include <linux/elf.h>

int main(int argc, char **argv, char **envp);

size_t page_size = 4096, frame_size;
unsigned long main_stack;

#define AUXILIARY (AT_MINSIGSTKSZ + 1)

/* The initial contents of _Thread_local variables: program header PT_TLS. */
static struct {
	const void *data;
	size_t data_size, size;		/* the rest is zero */
	size_t align;			/* what the linker counted with */
	size_t block_align;		/* and at least what a TCB needs */
} tls = { .align = 1, .block_align = 16 };

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) & -to;
}

size_t tls_space(void)
{
	return sizeof(struct thread) + TLS_GAP + tls.size + 3 * tls.block_align;
}

/* The linker has fixed each variable's distance from the thread pointer.
 * Variant I:  [TCB]^[gap][TLS]      ^ is the thread pointer
 * Variant II:      [TLS]^[TCB] */
struct thread *tls_place(void *end)
{
	unsigned long top = (unsigned long)end, image, tp;
	struct thread *thread;

	if (TLS_ABOVE_TP) {
		image = (top - tls.size) & -tls.block_align;
		tp = image - round_up(TLS_GAP, tls.align);
		thread = (struct thread *)tp - 1;
	} else {
		tp = (top - sizeof(struct thread)) & -tls.block_align;
		image = tp - round_up(tls.size, tls.align);
		thread = (struct thread *)tp;
	}
	memcpy((void *)image, tls.data, tls.data_size);
	thread->self = thread;
	thread->tp = (void *)tp;
	return thread;
}

void *tls_below(struct thread *thread)
{
	if (TLS_ABOVE_TP)
		return thread;
	return (void *)(((unsigned long)thread - round_up(tls.size, tls.align))
			& -16UL);
}

static void tls_find(const Elf64_Phdr *headers, unsigned long count)
{
	for (unsigned long i = 0; i < count; i++) {
		if (headers[i].p_type != PT_TLS)
			continue;
		tls.data = (const void *)headers[i].p_vaddr;
		tls.data_size = headers[i].p_filesz;
		tls.size = headers[i].p_memsz;
		tls.align = headers[i].p_align ? headers[i].p_align : 1;
		if (tls.align > tls.block_align)
			tls.block_align = tls.align;
	}
}

/* There is nobody to tell yet but who looks at the screen. */
static void must(int good)
{
	static const char why[] = "no memory to start in\n";

	if (!good) {
		sys(write, 2, why, sizeof why - 1);
		exit_group(1);
	}
}

/* Nobody else calls it, but every program shall have it. */
__attribute__((used)) static void (*const for_debuggers)(int, siginfo_t *,
	struct ucontext *) = debugger_snapshot;

_Noreturn void start(long *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
	char **envp = argv + argc + 1;
	char **end = envp;
	unsigned long *auxv, auxiliary[AUXILIARY] = { 0 };
	struct thread *self;
	size_t size;
	char *memory;

	while (*end)
		end++;
	for (auxv = (unsigned long *)(end + 1); auxv[0] != AT_NULL; auxv += 2)
		if (auxv[0] < AUXILIARY)
			auxiliary[auxv[0]] = auxv[1];
	main_stack = (unsigned long)stack;
	page_size = auxiliary[AT_PAGESZ];
	frame_size = auxiliary[AT_MINSIGSTKSZ];
	if (!frame_size)
		frame_size = MINSIGSTKSZ;
	tls_find((const Elf64_Phdr *)auxiliary[AT_PHDR], auxiliary[AT_PHNUM]);

	size = round_up(tls_space(), page_size);
	memory = (char *)sys(mmap, NULL, size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1);
	must((unsigned long)memory < -page_size);
	self = tls_place(memory + size);
	must(set_thread_pointer(self->tp) == 0);
	thread_alone(self);
	stop_start();
	process_exit(main(argc, argv, envp));
}
