/* The program that fault.h's tracer watches: a crew whose members know themselves,
 * and at whose main thread's side there is nothing new after each run. */
#ifndef FAULTY_H
#define FAULTY_H

#include "fault.h"
#include "oneself.h"

static struct {
	unsigned long maps;		/* sum of its text */
	int descriptors;
	void (*prepare)(void);		/* in the program, or NULL */
} faulty;

static unsigned long maps_sum;

static inline void add_to_sum(const char *line)
{
	for (; *line; line++)
		maps_sum = maps_sum * 31 + (unsigned char)*line;
}

static inline void faulty_look(void)
{
	char path[32];

	format(path, sizeof path, "/proc/%d/maps", faults.program);
	maps_sum = 0;
	proc_lines(path, add_to_sum);
	format(path, sizeof path, "/proc/%d/fd", faults.program);
	faulty.descriptors = proc_count_entries(path);
	faulty.maps = maps_sum;
}

/* Starts a program with so many threads that does a work. */
static inline void faulty_start(int threads, void (*work)(void))
{
	int pid;

	if (!shared)
		shared = memory_shared(sizeof *shared);
	pid = fork1();
	CHECK(pid >= 0);
	if (pid == 0) {
		hear(faults.go);		/* it is traced */
		stop_timeout(500);
		crew.look = oneself_look;
		crew_muster(threads);
		crew_roll_call();
		oneself_look();
		if (faulty.prepare)
			faulty.prepare();
		fault_serve(work);
		crew_dismiss();
		process_exit(0);
	}
	faults.own = threads;
	memset(faults.calls, 0, sizeof faults.calls);
	fault_trace(pid);
	tell(faults.go);
	fault_alarm(SECONDS_EACH);
	fault_follow();
	CHECK_EQUAL(faults.status, -1);
}

static inline void faulty_run(void)
{
	unsigned long maps;
	int descriptors;

	faulty_look();
	maps = faulty.maps;
	descriptors = faulty.descriptors;
	/* Also by who cannot hear it any more. */
	shared->killed = fault.call && (!fault.error ||
		faults.seen[fault.task][fault.call] == __NR_read);
	fault_run();
	CHECK_EQUAL(faults.status, -1);
	faulty_look();
	if (maps != faulty.maps || descriptors != faulty.descriptors)
		fault_say("leaves something");
	CHECK_EQUAL(descriptors, faulty.descriptors);
	CHECK_EQUAL(maps, faulty.maps);
}

static inline void faulty_end(void)
{
	fault = (struct fault){ .call = 0 };
	shared->stop = 1;
	fault_run();
	shared->stop = 0;
	CHECK_EQUAL(faults.status, 0);
	print("%d runs, %d faults\n", faults.runs, faults.hits);
}

#endif
