/* x86-64: all that core/ asks of the processor.  Pairs with arch.S; what each
 * name promises is said once for all architectures in arch/README.md. */
#ifndef ARCH_H
#define ARCH_H

#define CTX_RBX    0		/* struct context, for C and assembly */
#define CTX_RBP    8
#define CTX_R12   16
#define CTX_R13   24
#define CTX_R14   32
#define CTX_R15   40
#define CTX_RSP   48
#define CTX_RIP   56
#define CTX_MXCSR 64
#define CTX_FCW   68

#define CLONE_ARGS  88		/* struct clone_args, up to cgroup */
#define UC_MCONTEXT 40		/* struct ucontext; r8 is first in it */

#ifndef __ASSEMBLER__
#include <asm/prctl.h>
#include <asm/unistd.h>
#include <linux/elf-em.h>
#include <linux/signal.h>
#include <stddef.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>

#define ARCH_MACHINE EM_X86_64	/* in the header of an ELF file */

#define TLS_ABOVE_TP 0		/* variant II: TLS ends at the thread pointer */
#define TLS_GAP      0

struct context {
	unsigned long rbx, rbp, r12_r15[4], sp, pc;
	unsigned int mxcsr;
	unsigned short fcw;
};
_Static_assert(offsetof(struct context, rbx) == CTX_RBX, "rbx");
_Static_assert(offsetof(struct context, rbp) == CTX_RBP, "rbp");
_Static_assert(offsetof(struct context, r12_r15) == CTX_R12, "r12");
_Static_assert(offsetof(struct context, sp) == CTX_RSP, "rsp");
_Static_assert(offsetof(struct context, pc) == CTX_RIP, "rip");
_Static_assert(offsetof(struct context, mxcsr) == CTX_MXCSR, "mxcsr");
_Static_assert(offsetof(struct context, fcw) == CTX_FCW, "fcw");
_Static_assert(offsetof(struct ucontext, uc_mcontext) == UC_MCONTEXT, "uc");

static inline long syscall6(long n, long a, long b, long c, long d, long e,
			    long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "+a"(n), "+r"(r10), "+r"(r8), "+r"(r9)
			 : "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return n;
}

static inline void *thread_pointer(void)
{
	void *tp;

	__asm__("mov %%fs:0, %0" : "=r"(tp));	/* the TCB's first word */
	return tp;
}

static inline long set_thread_pointer(void *tp)
{
	return syscall6(__NR_arch_prctl, ARCH_SET_FS, (long)tp, 0, 0, 0, 0);
}

static inline __u64 *frame_pc(struct ucontext *uc)
{
	return &uc->uc_mcontext.rip;
}

static inline __u64 *frame_sp(struct ucontext *uc)
{
	return &uc->uc_mcontext.rsp;
}

/* What a system call returned, or the number of one about to be made. */
static inline __u64 *frame_result(struct ucontext *uc)
{
	return &uc->uc_mcontext.rax;
}

static inline long frame_call_number(struct ucontext *uc)
{
	return (long)uc->uc_mcontext.rax;
}

static inline unsigned long context_pc(const struct context *c)
{
	return c->pc;
}

/* The number that restartable_call() has kept to enter again. */
static inline long frame_kept_number(const struct ucontext *uc)
{
	return ((const long *)uc->uc_mcontext.rsp)[-1];
}

int shadow_stack_active(void);
int has_crc32c(void);
unsigned crc32c_words(unsigned crc, const void *words, size_t count);
void crc32c_three(unsigned crc[3], const void *words, size_t count);
void touch_tiles(void);

/* What no signal frame holds.  FS is the thread pointer; GS is the program's. */
struct arch_state {
	unsigned long gs;
};

static inline int arch_keep(struct arch_state *s)
{
	return (int)syscall6(__NR_arch_prctl, ARCH_GET_GS, (long)&s->gs, 0, 0,
			     0, 0);
}

#ifndef ARCH_GET_XCOMP_PERM
#define ARCH_GET_XCOMP_PERM 0x1022
#endif
#define XFEATURE_TILEDATA (1UL << 18)

/* Also makes the vector unit ready for the frames of another kernel thread: a
 * thread that has never used AMX tiles has no room for them in the kernel, and
 * the signal return would drop them without a word. */
static inline int arch_repair(const struct arch_state *s)
{
	unsigned long permitted = 0;

	if (syscall6(__NR_arch_prctl, ARCH_GET_XCOMP_PERM, (long)&permitted, 0,
		     0, 0, 0) == 0 && (permitted & XFEATURE_TILEDATA))
		touch_tiles();
	return (int)syscall6(__NR_arch_prctl, ARCH_SET_GS, (long)s->gs, 0, 0, 0,
			     0);
}

#endif
#endif
