/* Case 40: a process that may not have one more mapping, or one more page of
 * address space, can still be copied, for a copy needs neither.  Creating a
 * thread gives -ENOMEM, in P and in the copy, and leaves nothing behind. */
#include "proc.h"
#include "crew.h"
#include <linux/mman.h>
#include <linux/resource.h>

#define PAGE 4096UL

static void *nothing(void *argument)
{
	return argument;
}

static void check_full(void)
{
	struct thread *thread;
	long before = count_mappings();

	CHECK_EQUAL(thread_create(&thread, NULL, nothing, NULL), -ENOMEM);
	CHECK_EQUAL(count_mappings(), before);
}

static void check_copy(int n)
{
	int pid;

	check_full();
	pid = crew_forkall(n / 2);
	CHECK(pid >= 0);
	check_full();
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

/* Every second page of one region gets another protection. */
static void use_up_mappings(void)
{
	long most = proc_field("/proc/sys/vm/max_map_count", ""), region;
	unsigned long size = (unsigned long)most * 2 * PAGE, page = 0;
	long r = 0;

	if (most > 100000)
		skip("vm.max_map_count is too high");
	region = system_call(__NR_mmap, 0, size, PROT_NONE, MAP_PRIVATE |
			     MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(region > 0);
	for (; r == 0 && page < size; page += 2 * PAGE)
		r = system_call(__NR_mprotect, region + (long)page, PAGE,
				PROT_READ);
	CHECK_EQUAL(r, -ENOMEM);
}

static void use_up_space(void)
{
	struct rlimit64 limit;
	unsigned long size = (unsigned long)
		proc_field("/proc/self/status", "VmSize:") << 10;

	limit.rlim_cur = limit.rlim_max = size;
	CHECK_EQUAL(system_call(__NR_prlimit64, 0, RLIMIT_AS, &limit, NULL), 0);
}

static void test(int n, void (*use_up)(void))
{
	int pid = fork1();

	CHECK(pid >= 0);
	if (pid == 0) {
		crew_muster(n);
		use_up();
		check_copy(n);
		crew_dismiss();
		process_exit(0);
	}
	reap(pid);
}

int main(void)
{
	for_each_count(n)
		test(n, use_up_space);
	test(8, use_up_mappings);
	return 0;
}
