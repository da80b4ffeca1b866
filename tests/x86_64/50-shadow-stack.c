/* Case 50: one thread has a shadow stack (CET): refused, whoever calls, and
 * nothing has happened.  Where the kernel can give one it is a true one;
 * everywhere the library is made to believe in one.  Hard because no machine at
 * hand has them. */
#include "shadow.h"

#ifndef ARCH_SHSTK_ENABLE
#define ARCH_SHSTK_ENABLE  0x5001
#define ARCH_SHSTK_DISABLE 0x5002
#define ARCH_SHSTK_SHSTK   1
#endif

/* Not a call: nothing to return to is on a new shadow stack. */
#define shadow_stack(result, what) \
	__asm__ volatile("syscall" : "=a"(result) \
			 : "0"(__NR_arch_prctl), "D"(what), \
			   "S"(ARCH_SHSTK_SHSTK) : "rcx", "r11", "memory")

static void check_true_one(void)
{
	long r, off, active, copied;

	shadow_stack(r, ARCH_SHSTK_ENABLE);
	if (r < 0) {
		print("the kernel gives no shadow stack: %ld\n", r);
		return;
	}
	active = shadow_stack_active();
	copied = forkall();
	shadow_stack(off, ARCH_SHSTK_DISABLE);
	CHECK_EQUAL(off, 0);
	CHECK_EQUAL(active, 1);
	CHECK_EQUAL(copied, -EOPNOTSUPP);
}

int main(void)
{
	struct {
		char opcode;
		int distance;
	} __attribute__((packed)) jump = { (char)0xe9, (int)
		((long)has_shadow_stack - (long)shadow_stack_active - 5) };

	check_true_one();
	check_shadow_stacks(&jump, sizeof jump);
	return 0;
}
