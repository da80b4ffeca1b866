/* aarch64: all that core/ asks of the processor.  Pairs with arch.S; what each
 * name promises is said once for all architectures in arch/README.md. */
#ifndef ARCH_H
#define ARCH_H

#define CTX_X19    0		/* struct context, for C and assembly */
#define CTX_X21   16		/* x19..x30 in pairs; x30 is where to go on */
#define CTX_X23   32
#define CTX_X25   48
#define CTX_X27   64
#define CTX_X29   80
#define CTX_SP    96
#define CTX_FPCR 104
#define CTX_FPSR 112
#define CTX_D8   120		/* d8..d15 in pairs */
#define CTX_D10  136
#define CTX_D12  152
#define CTX_D14  168

#define CLONE_ARGS  88		/* struct clone_args, up to cgroup */
#define FRAME_REGS 312		/* struct rt_sigframe; x0 is first in it */

#ifndef __ASSEMBLER__
#include <asm/hwcap.h>
#include <asm/unistd.h>
#include <linux/elf-em.h>
#include <linux/prctl.h>
#include <linux/signal.h>
#include <stddef.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>

#define ARCH_MACHINE EM_AARCH64	/* in the header of an ELF file */

#define TLS_ABOVE_TP 1		/* variant I: TLS begins above the pointer... */
#define TLS_GAP      16		/* ...and two words of the ABI's own */

struct context {
	unsigned long x19_x30[12], sp, fpcr, fpsr;
	double d8_d15[8];
};
_Static_assert(offsetof(struct context, x19_x30) == CTX_X19, "x19");
_Static_assert(offsetof(struct context, sp) == CTX_SP, "sp");
_Static_assert(offsetof(struct context, fpcr) == CTX_FPCR, "fpcr");
_Static_assert(offsetof(struct context, fpsr) == CTX_FPSR, "fpsr");
_Static_assert(offsetof(struct context, d8_d15) == CTX_D8, "d8");
_Static_assert(sizeof(siginfo_t) + offsetof(struct ucontext, uc_mcontext) +
	       offsetof(struct sigcontext, regs) == FRAME_REGS, "frame");

static inline long syscall6(long n, long a, long b, long c, long d, long e,
			    long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

static inline void *thread_pointer(void)
{
	void *tp;

	__asm__("mrs %0, tpidr_el0" : "=r"(tp));
	return tp;
}

static inline long set_thread_pointer(void *tp)
{
	__asm__ volatile("msr tpidr_el0, %0" : : "r"(tp) : "memory");
	return 0;
}

static inline __u64 *frame_pc(struct ucontext *uc)
{
	return &uc->uc_mcontext.pc;
}

static inline __u64 *frame_sp(struct ucontext *uc)
{
	return &uc->uc_mcontext.sp;
}

/* What a system call returned. */
static inline __u64 *frame_result(struct ucontext *uc)
{
	return &uc->uc_mcontext.regs[0];
}

static inline long frame_call_number(struct ucontext *uc)
{
	return (long)uc->uc_mcontext.regs[8];
}

static inline unsigned long context_pc(const struct context *c)
{
	return c->x19_x30[11];
}

/* The number that restartable_call() has kept to enter again. */
static inline long frame_kept_number(const struct ucontext *uc)
{
	return (long)uc->uc_mcontext.regs[10];
}

int shadow_stack_active(void);
int has_crc32c(void);
unsigned crc32c_words(unsigned crc, const void *words, size_t count);
void crc32c_three(unsigned crc[3], const void *words, size_t count);

/* What no signal frame holds: the vector lengths (SVE, SME), in which the kernel
 * refuses a frame of another length.  Negative: there is no such unit. */
struct arch_state {
	int sve_length, sme_length;
};

#ifndef PR_SME_GET_VL
#define PR_SME_SET_VL 63
#define PR_SME_GET_VL 64
#endif

static inline int arch_keep(struct arch_state *s)
{
	s->sve_length = (int)syscall6(__NR_prctl, PR_SVE_GET_VL, 0, 0, 0, 0, 0);
	s->sme_length = (int)syscall6(__NR_prctl, PR_SME_GET_VL, 0, 0, 0, 0, 0);
	return 0;
}

static inline int arch_repair(const struct arch_state *s)
{
	long r = 0;

	if (s->sve_length >= 0)
		r = syscall6(__NR_prctl, PR_SVE_SET_VL, s->sve_length, 0, 0, 0,
			     0);
	if (r >= 0 && s->sme_length >= 0)
		r = syscall6(__NR_prctl, PR_SME_SET_VL, s->sme_length, 0, 0, 0,
			     0);
	return r < 0 ? (int)r : 0;
}

#endif
#endif
