/* Memory that the program keeps from a copy by madvise(), and what forkall()
 * says to it.  One thread besides the crew has an address on its stack, its
 * control block and its _Thread_local variables to offer. */
#ifndef DONTFORK_H
#define DONTFORK_H

#include "proc.h"
#include "crew.h"
#include <linux/filter.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/seccomp.h>

#define PAGE 4096UL

static _Thread_local int local;

static struct {
	struct thread *thread;
	char *stack, *tls;
	struct semaphore ready, end;
} victim;

/* Stands at the lower end of two pages of its stack. */
static inline void *victim_thread(void *unused)
{
	volatile char pages[3 * PAGE];

	pages[0] = pages[2 * PAGE] = 7;
	victim.stack = (char *)&pages[2 * PAGE];
	victim.tls = (char *)&local;
	local = 7;
	CHECK_EQUAL(semaphore_post(&victim.ready), 0);
	CHECK_EQUAL(semaphore_wait(&victim.end), 0);
	CHECK_EQUAL(pages[0] + pages[2 * PAGE] + local, 21);
	return unused;
}

static inline void victim_start(void)
{
	victim.thread = spawn(victim_thread, NULL);
	CHECK_EQUAL(semaphore_wait(&victim.ready), 0);
}

static inline void victim_end(void)
{
	CHECK_EQUAL(semaphore_post(&victim.end), 0);
	CHECK_EQUAL(thread_join(victim.thread, NULL), 0);
}

static inline long advise(void *address, int advice)
{
	unsigned long page = (unsigned long)address & -PAGE;

	return system_call(__NR_madvise, page, PAGE, advice);
}

/* Nothing has happened.  The number of threads is n, without the victim. */
static inline void check_refused(int n)
{
	long mappings = count_mappings(), descriptors = count_descriptors();

	CHECK_EQUAL(crew_forkall(crew.size / 2), -EOPNOTSUPP);
	crew_roll_call();
	check_childless();
	CHECK_EQUAL(count_mappings(), mappings);
	CHECK_EQUAL(count_descriptors(), descriptors);
	CHECK_EQUAL(proc_field("/proc/self/status", "Threads:"), n + 1);
}

static inline void check_copied(int n)
{
	int pid = crew_forkall(n / 2);

	CHECK(pid >= 0);
	if (pid == 0) {
		victim_end();
		process_exit(0);
	}
	reap(pid);
}

static inline void check_page(int n, void *address, int advice, int undo)
{
	CHECK_EQUAL(advise(address, advice), 0);
	check_refused(n);
	CHECK_EQUAL(advise(address, undo), 0);
	check_copied(n);
}

/* From now on no thread can be made: -ENOMEM. */
static inline void forbid_threads(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),	/* the flags */
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

	CHECK_EQUAL(system_call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
		    0);
	CHECK_EQUAL(system_call(__NR_seccomp, SECCOMP_SET_MODE_FILTER,
				SECCOMP_FILTER_FLAG_TSYNC, &program), 0);
}

/* In a process of its own. */
static inline void run(int n, void (*test)(int))
{
	int pid = fork1();

	CHECK(pid >= 0);
	if (pid == 0) {
		crew_muster(n);
		victim_start();
		test(n);
		victim_end();
		crew_dismiss();
		process_exit(0);
	}
	reap(pid);
}

#endif
