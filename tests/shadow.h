/* A processor without shadow stacks is made to say that a thread has one: where
 * the library asks it, a jump is written to a function of the test. */
#ifndef SHADOW_H
#define SHADOW_H

#include "odd.h"
#include "arch.h"
#include <linux/mman.h>

static int has_shadow_stack(void)
{
	return thread_self() == odd.thread;
}

static long nothing(void)
{
	return 0;
}

/* Writes to code, as a debugger does: the kernel sees to the caches. */
static inline void write_code(void *to, const void *code, size_t size)
{
	unsigned long page = (unsigned long)to & -4096UL;
	long fd = system_call(__NR_openat, AT_FDCWD, "/proc/self/mem",
			      O_RDWR | O_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK_EQUAL(system_call(__NR_mprotect, page, 8192, PROT_READ |
				PROT_WRITE | PROT_EXEC), 0);
	CHECK_EQUAL(system_call(__NR_pwrite64, fd, code, size, to), size);
	CHECK_EQUAL(system_call(__NR_close, fd), 0);
}

/* Until then the library finds none. */
static inline void check_shadow_stacks(const void *jump, size_t size)
{
	CHECK_EQUAL(shadow_stack_active(), 0);
	write_code((void *)shadow_stack_active, jump, size);
	CHECK_EQUAL(shadow_stack_active(), 0);
	CHECK(check_odd_all("shadow stack", nothing));
}

#endif
