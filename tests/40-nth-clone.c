/* Case 40: memory runs out when the copy makes its k-th thread, for every k: a
 * seccomp filter fails just that clone().  forkall() gives -ENOMEM, no thread of
 * the copy has run, nothing of it is left, and P is as before. */
#include "proc.h"
#include "crew.h"
#include <linux/filter.h>
#include <linux/seccomp.h>

static int *in_copy;				/* in shared memory */

static void *runner(void *original)
{
	while (!load(&crew.dismissed))
		if (getpid() != (int)(long)original)
			store(in_copy, 1);
	return NULL;
}

/* The clone for a thread is known by the place for its tid, which is in its
 * control block.  All threads get the filter: forkall() wants them equal. */
static void fail_clone_of(const struct thread *thread)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 32),	/* low half of ptid */
		BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, (__u32)(long)thread),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 1024, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

	CHECK_EQUAL(system_call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	if (system_call(__NR_seccomp, SECCOMP_SET_MODE_FILTER,
			SECCOMP_FILTER_FLAG_TSYNC, &program) < 0)
		skip("no seccomp filters");
}

/* The last of the n threads is no member of the crew but runs. */
static _Noreturn void test(int n, int k)
{
	int descriptors = count_descriptors();
	struct thread *running;

	crew_muster(n - 1);
	running = spawn(runner, (void *)(long)getpid());
	fail_clone_of(k < n - 1 ? crew.members[k] : running);
	for (int i = 0; i < 2; i++) {
		CHECK_EQUAL(forkall(), -ENOMEM);
		CHECK_EQUAL(load(in_copy), 0);
		check_childless();
		CHECK_EQUAL(count_descriptors(), descriptors);
		crew_roll_call();
	}
	crew_dismiss();
	store(&crew.dismissed, 1);
	CHECK_EQUAL(thread_join(running, NULL), 0);
	process_exit(0);
}

int main(void)
{
	int pid, status;

	in_copy = memory_shared(sizeof *in_copy);
	for_each_count(n) {
		for (int k = 1; k < n; k++) {
			pid = fork1();
			CHECK(pid >= 0);
			if (pid == 0)
				test(n, k);
			CHECK_EQUAL(system_call(__NR_wait4, pid, &status, 0, 0),
				    pid);
			if (status == SKIPPED << 8)
				return SKIPPED;
			CHECK_EQUAL(status, 0);
		}
	}
	return 0;
}
