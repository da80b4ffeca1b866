/* Case 49: a page of a thread's stack, of its control block or of its TLS is
 * kept from copies (MADV_DONTFORK): forkall() refuses before the copy has made
 * a thread, nothing has happened, and after MADV_DOFORK it works.  Other memory
 * of the program is only absent in the copy, as after fork().  Hard because P
 * cannot see which memory that is. */
#include "dontfork.h"

static int exists(void *address)
{
	return system_call(__NR_msync, address, PAGE, MS_ASYNC) == 0;
}

static void test_pages(int n)
{
	char *guard = (char *)victim.stack;

	check_copied(n);
	check_page(n, victim.stack, MADV_DONTFORK, MADV_DOFORK);
	check_page(n, victim.stack - 2 * PAGE, MADV_DONTFORK, MADV_DOFORK);
	check_page(n, victim.thread, MADV_DONTFORK, MADV_DOFORK);
	check_page(n, victim.tls, MADV_DONTFORK, MADV_DOFORK);
	while (exists(guard - PAGE) && guard > victim.stack - 16 * PAGE)
		guard -= PAGE;
	check_page(n, guard, MADV_DONTFORK, MADV_DOFORK);
	/* The main thread's. */
	check_page(n, thread_self(), MADV_DONTFORK, MADV_DOFORK);
}

/* The error is that of the memory, and not the thread's that cannot be made. */
static void test_before_threads(int n)
{
	forbid_threads();
	CHECK_EQUAL(advise(victim.stack, MADV_DONTFORK), 0);
	check_refused(n);
	CHECK_EQUAL(advise(victim.stack, MADV_DOFORK), 0);
	CHECK_EQUAL(crew_forkall(n / 2), -ENOMEM);
	check_childless();
}

static void test_program_memory(int n)
{
	long r = system_call(__NR_mmap, 0, 3 * PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *memory = (char *)r;
	int pid;

	CHECK(r > 0);
	memory[0] = memory[PAGE] = memory[2 * PAGE] = 7;
	CHECK_EQUAL(advise(memory, MADV_DONTFORK), 0);
	CHECK_EQUAL(advise(memory + PAGE, MADV_WIPEONFORK), 0);
	pid = crew_forkall(n / 2);
	CHECK(pid >= 0);
	CHECK_EQUAL(exists(memory), pid > 0);
	CHECK_EQUAL(memory[PAGE], pid > 0 ? 7 : 0);
	CHECK_EQUAL(memory[2 * PAGE], 7);
	if (pid == 0) {
		victim_end();
		process_exit(0);
	}
	CHECK_EQUAL(memory[0], 7);
	reap(pid);
}

int main(void)
{
	for_each_count(n) {
		run(n, test_pages);
		run(n, test_before_threads);
		run(n, test_program_memory);
	}
	return 0;
}
