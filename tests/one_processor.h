/* For tests that trace a thread step by step. */
#ifndef ONE_PROCESSOR_H
#define ONE_PROCESSOR_H

#include "test.h"

/* A tracer and its thread take turns: on one processor that is faster. */
static inline void use_one_processor(void)
{
	unsigned long set[16] = { 0 };

	CHECK(system_call(__NR_sched_getaffinity, 0, sizeof set, set) > 0);
	for (int i = 0, found = 0; i < 16; i++) {
		set[i] = found ? 0 : set[i] & -set[i];
		found |= set[i] != 0;
	}
	CHECK_EQUAL(system_call(__NR_sched_setaffinity, 0, sizeof set, set), 0);
}

#endif
