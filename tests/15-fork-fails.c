/* Case 15: forkall() fails because the fork itself does, again and again: it
 * returns the error, no thread notices that it was stopped, and no process,
 * descriptor or mapping is left.  A filter of system calls refuses the fork,
 * then a limit on the user's tasks does it for real. */
#include "blocked.h"
#include "proc.h"
#include <linux/filter.h>
#include <linux/resource.h>
#include <linux/seccomp.h>

#define LOW_HALF offsetof(struct seccomp_data, args[0])
#define REFUSE   (SECCOMP_RET_ERRNO | EAGAIN)
#define SOMEBODY 47114711		/* a user without processes */

static int word, ends[2], silent[2];

static void waiter(int number)
{
	struct pollfd end = { .fd = silent[0], .events = POLLIN };
	struct timespec timeout = at(TIMEOUT);
	long began = clock_now();
	char c;

	switch (number % 4) {
	case 0:
		CHECK_EQUAL(system_call(__NR_nanosleep, &timeout, NULL), 0);
		check_time(began);
		return;
	case 1:
		CHECK_EQUAL(sys(read, ends[0], &c, 1), 1);
		return;
	case 2:
		CHECK_EQUAL(system_call(__NR_ppoll, &end, 1, &timeout, NULL),
			    0);
		check_time(began);
		return;
	default:
		CHECK_EQUAL(system_call(__NR_futex, &word, FUTEX_WAIT_PRIVATE,
					0, NULL), 0);
	}
}

/* clone() without CLONE_VM fails. */
static void refuse_fork(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW_HALF),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_VM, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, REFUSE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	CHECK_EQUAL(system_call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
		    0);
	CHECK_EQUAL(system_call(__NR_seccomp, SECCOMP_SET_MODE_FILTER,
				SECCOMP_FILTER_FLAG_TSYNC, &program), 0);
}

/* For all tasks of a user that nobody else is. */
static void limit_tasks(int tasks)
{
	struct rlimit64 limit = { (unsigned)tasks, (unsigned)tasks };

	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_NPROC, &limit, NULL),
		    0);
}

static void check_unnoticed(void)
{
	int descriptors = count_descriptors();
	long end = clock_now() + TIMEOUT / 2, mappings = count_mappings();

	for (int i = 0; i < STOPS && clock_now() < end; i++) {
		CHECK_EQUAL(forkall(), -EAGAIN);
		check_childless();
	}
	CHECK_EQUAL(count_descriptors(), descriptors);
	CHECK_EQUAL(count_mappings(), mappings);
}

/* Lets those return who have no limit of time. */
static void release(int n)
{
	for (int number = 0; number < n; number++) {
		if (number % 4 == 1)
			tell(ends);
		while (number % 4 == 3 &&
		       !system_call(__NR_futex, &word, FUTEX_WAKE_PRIVATE, 1))
			system_call(__NR_sched_yield);
	}
}

static _Noreturn void test(int n, int user)
{
	open_pipe(ends);
	open_pipe(silent);
	if (user)
		CHECK_EQUAL(system_call(__NR_setresuid, user, user, user), 0);
	begin(n, waiter);
	if (user)
		limit_tasks(n + 1);
	else
		refuse_fork();
	while (load(&blocked.began) < n)
		system_call(__NR_sched_yield);
	check_unnoticed();
	release(n);
	finish();
	await_threads(1);
	process_exit(0);
}

int main(void)
{
	int pids[8], count = 0, root = !system_call(__NR_geteuid);

	if (!root)
		print("not root: only with a filter\n");
	for_each_count(n) {
		for (int limit = 0; limit <= root; limit++) {
			pids[count] = fork1();
			if (pids[count++] == 0)
				test(n, limit ? SOMEBODY + n : 0);
		}
	}
	while (count)
		reap(pids[--count]);
	return 0;
}
