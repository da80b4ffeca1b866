/* Case 18: an alternate stack stays registered in the copy, for every thread
 * and for the caller of forkall(); and the stop uses it, so that a thread lives
 * that has too little of its normal stack left for a signal frame. */
#include "signals.h"

#define MOST  64
#define STACK (32 << 10)		/* the largest frame and some more */
#define LEFT  1024			/* no signal frame is so small */

static char stacks[MOST + 1][STACK] __attribute__((aligned(16)));
static struct barrier ready;
static int go[2];

static void register_stack(long number)
{
	stack_t stack = { .ss_sp = stacks[number], .ss_size = STACK };

	CHECK_EQUAL(system_call(__NR_sigaltstack, &stack, NULL), 0);
}

static void check_stack(long number)
{
	stack_t stack;

	CHECK_EQUAL(system_call(__NR_sigaltstack, NULL, &stack), 0);
	CHECK_EQUAL(stack.ss_sp, stacks[number]);
	CHECK_EQUAL(stack.ss_size, STACK);
	CHECK_EQUAL(stack.ss_flags, 0);
}

static unsigned long hex(const char **p)
{
	unsigned long n = 0;

	for (; **p != '-' && **p != ' '; ++*p)
		n = n * 16 + (unsigned long)(**p > '9' ?
					     **p - 'a' + 10 : **p - '0');
	++*p;
	return n;
}

/* The end of the mapping that this function's stack is in. */
static unsigned long stack_bottom(void)
{
	static char text[1 << 16];
	static struct mutex lock;
	unsigned long here = (unsigned long)&here, begin, end, bottom = 0;
	long fd, n, size = 0;

	mutex_lock(&lock);
	fd = system_call(__NR_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY, 0);
	CHECK(fd >= 0);
	while ((n = system_call(__NR_read, fd, text + size,
				sizeof text - 1 - (size_t)size)) > 0)
		size += n;
	system_call(__NR_close, fd);
	text[size] = 0;
	for (const char *p = text; *p; p++) {
		begin = hex(&p);
		end = hex(&p);
		if (begin <= here && here < end)
			bottom = begin;
		while (*p != '\n')
			p++;
	}
	mutex_unlock(&lock);
	CHECK(bottom != 0);
	return bottom;
}

/* Reads a byte at an address on the stack with little room below. */
static __attribute__((noinline)) void hear_at_the_bottom(unsigned long bottom)
{
	char here, *room = __builtin_alloca((unsigned long)&here - bottom -
					    LEFT), byte;

	__asm__ volatile("" : : "r"(room) : "memory");
	barrier_wait(&ready);
	CHECK_EQUAL(system_call(__NR_read, go[0], &byte, 1), 1);
}

static void *cramped(void *argument)
{
	register_stack((long)argument);
	hear_at_the_bottom(stack_bottom());
	check_stack((long)argument);
	return argument;
}

static void *caller(void *argument)
{
	register_stack(MOST);
	*(int *)argument = forkall();
	check_stack(MOST);
	return argument;
}

static void test(int n)
{
	struct thread *threads[MOST], *thread;
	int pid = -1;

	CHECK_EQUAL(barrier_init(&ready, n + 1), 0);
	for (long i = 0; i < n; i++)
		threads[i] = spawn(cramped, (void *)i);
	barrier_wait(&ready);
	for (int i = 0; i < n; i++)
		wait_asleep(thread_tid(threads[i]));
	thread = spawn(caller, &pid);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
	CHECK(pid >= 0);
	for (int i = 0; i < n; i++)
		tell(go);
	for (int i = 0; i < n; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

int main(void)
{
	open_pipe(go);
	for_each_count(n)
		test(n);
	return 0;
}
