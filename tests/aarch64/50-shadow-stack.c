/* Case 50: one thread has a shadow stack (GCS): refused, whoever calls, and
 * nothing has happened.  Where the kernel can give one it is a true one;
 * everywhere the library is made to believe in one.  Hard because no machine at
 * hand has them. */
#include "shadow.h"

#ifndef PR_SET_SHADOW_STACK_STATUS
#define PR_SET_SHADOW_STACK_STATUS 75
#define PR_SHADOW_STACK_ENABLE     1
#endif

/* Not a call: nothing to return to is on a new shadow stack. */
static __attribute__((always_inline)) inline long set_shadow_stack(long status)
{
	register long x8 __asm__("x8") = __NR_prctl;
	register long x0 __asm__("x0") = PR_SET_SHADOW_STACK_STATUS;
	register long x1 __asm__("x1") = status;
	register long x2 __asm__("x2") = 0;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = 0;

	__asm__ volatile("svc #0" : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}

static void check_true_one(void)
{
	long r = set_shadow_stack(PR_SHADOW_STACK_ENABLE), active, copied;

	if (r < 0) {
		print("the kernel gives no shadow stack: %ld\n", r);
		return;
	}
	active = shadow_stack_active();
	copied = forkall();
	CHECK_EQUAL(set_shadow_stack(0), 0);
	CHECK_EQUAL(active, 1);
	CHECK_EQUAL(copied, -EOPNOTSUPP);
}

int main(void)
{
	long words = ((long)has_shadow_stack - (long)shadow_stack_active) / 4;
	unsigned jump = 0x14000000 | ((unsigned)words & 0x3ffffff);

	check_true_one();
	check_shadow_stacks(&jump, sizeof jump);
	return 0;
}
