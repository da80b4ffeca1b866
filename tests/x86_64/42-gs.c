/* Case 42: each thread that changed its GS base has its own in every copy, and the
 * others have none.  Hard because GS base is neither in memory nor in the signal
 * frame, and a new thread gets its creator's. */
#include "spin.h"
#include <asm/prctl.h>

static unsigned long gs_base(void)
{
	unsigned long base;

	CHECK_EQUAL(system_call(__NR_arch_prctl, ARCH_GET_GS, &base), 0);
	return base;
}

static void set_gs_base(void *base)
{
	CHECK_EQUAL(system_call(__NR_arch_prctl, ARCH_SET_GS, base), 0);
}

static unsigned long at_gs(void)
{
	unsigned long value;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(value));
	return value;
}

static void *spinner(void *number)
{
	unsigned long id = (unsigned long)number, own = id * 7919;

	set_gs_base(id % 3 == 0 ? NULL : &own);
	add(&ready, 1);
	while (!load(&go))
		;
	if (id % 3 == 0)
		return gs_base() ? "has a GS base" : NULL;
	if (gs_base() != (unsigned long)&own)
		return "GS base";
	return at_gs() == own ? NULL : "what GS points to";
}

int main(void)
{
	unsigned long own = 4711;

	set_gs_base(&own);
	spin_and_copy(spinner);
	CHECK_EQUAL(gs_base(), &own);
	CHECK_EQUAL(at_gs(), 4711);
	return 0;
}
