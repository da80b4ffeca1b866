/* Case 49: a page of the main thread's stack, above what it stands on, is kept
 * from copies, or of an alternate stack that a handler is on: refused like any
 * other thread's stack, and not copied to crash when it returns there.  Hard
 * because nobody has told the library where these stacks end. */
#include "dontfork.h"
#include "signals.h"

#define STACK (16 * PAGE)

static int number;
static struct barrier inside;
static struct semaphore leave;
static char *alternate;

static __attribute__((noinline)) void deeper(char *above)
{
	volatile char pages[4 * PAGE];

	pages[0] = pages[3 * PAGE] = 7;
	check_page(number, above, MADV_DONTFORK, MADV_DOFORK);
	CHECK_EQUAL(pages[0], pages[3 * PAGE]);
}

/* Three pages above where deeper() stands, and below where main() does. */
static __attribute__((noinline)) void test_main(int n)
{
	volatile char pages[4 * PAGE];

	number = n;
	pages[0] = pages[2 * PAGE] = 7;
	deeper((char *)&pages[2 * PAGE]);
	CHECK_EQUAL(pages[0] + pages[2 * PAGE], 14);
}

/* The lower half of the alternate stack is in use, the frame is in the
 * upper. */
static void handler(int unused)
{
	volatile char pages[8 * PAGE];

	(void)unused;
	pages[0] = pages[7 * PAGE] = 7;
	barrier_wait(&inside);
	CHECK_EQUAL(semaphore_wait(&leave), 0);
	CHECK_EQUAL(pages[0], pages[7 * PAGE]);
}

static void *on_alternate_stack(void *unused)
{
	stack_t stack = { .ss_sp = alternate, .ss_size = STACK };

	CHECK_EQUAL(system_call(__NR_sigaltstack, &stack, NULL), 0);
	send(getpid(), thread_tid(thread_self()), SIGUSR1);
	return unused;
}

static void test_alternate(int n)
{
	long r = system_call(__NR_mmap, 0, STACK, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct thread *thread;
	int pid;

	CHECK(r > 0);
	alternate = (char *)r;
	CHECK_EQUAL(barrier_init(&inside, 2), 0);
	handle(SIGUSR1, handler, SA_ONSTACK);
	thread = spawn(on_alternate_stack, NULL);
	barrier_wait(&inside);
	CHECK_EQUAL(advise(alternate + STACK - PAGE, MADV_DONTFORK), 0);
	check_refused(n + 1);
	CHECK_EQUAL(advise(alternate + STACK - PAGE, MADV_DOFORK), 0);
	pid = crew_forkall(n / 2);
	CHECK(pid >= 0);
	CHECK_EQUAL(semaphore_post(&leave), 0);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	if (pid > 0)
		reap(pid);
}

int main(int argc, char **argv)
{
	for_each_count(n) {
		if (argc < 2 || argv[1][0] == 'm')
			run(n, test_main);
		if (argc < 2 || argv[1][0] == 'a')
			run(n, test_alternate);
	}
	return 0;
}
