/* The test of _Thread_local variables, for programs with different alignments
 * (TLS_ALIGN): where the linker expects the variables depends on it. */
#ifndef TLS_H
#define TLS_H

#include "test.h"

static _Thread_local char odd = 'o';	/* nothing is aligned by luck */
static _Thread_local _Alignas(TLS_ALIGN) char text[19] = "initialized already";
static _Thread_local _Alignas(TLS_ALIGN) char zero[5];
static _Thread_local char odd_zero;

static struct barrier marked, copied;

/* Through a pointer, so that no compiler knows the alignment already. */
static int aligned(void *volatile address)
{
	return (unsigned long)address % TLS_ALIGN == 0;
}

static void check_new(void)
{
	CHECK_EQUAL(odd, 'o');
	CHECK_EQUAL(memcmp(text, "initialized already", sizeof text), 0);
	for (int i = 0; i < 5; i++)
		CHECK_EQUAL(zero[i], 0);
	CHECK_EQUAL(odd_zero, 0);
	CHECK(aligned(text) && aligned(zero));
}

static void mark(int mark)
{
	odd = odd_zero = (char)mark;
	memset(text, mark, sizeof text);
	for (int i = 0; i < 5; i++)
		zero[i] = (char)(mark * i);
}

static void check_marked(int mark)
{
	CHECK_EQUAL(odd, (char)mark);
	CHECK_EQUAL(odd_zero, (char)mark);
	for (size_t i = 0; i < sizeof text; i++)
		CHECK_EQUAL(text[i], (char)mark);
	for (int i = 0; i < 5; i++)
		CHECK_EQUAL(zero[i], (char)(mark * i));
}

static void *check_thread(void *number)
{
	char *address = text;

	check_new();
	mark((int)(long)number);
	barrier_wait(&marked);
	barrier_wait(&copied);
	check_marked((int)(long)number);
	CHECK_EQUAL(text, address);
	return NULL;
}

static void *check_late_thread(void *unused)
{
	check_new();
	return unused;
}

static void check_threads(int count)
{
	struct thread *threads[64];
	int pid;

	barrier_init(&marked, count + 1);
	barrier_init(&copied, count + 1);
	for (long i = 0; i < count; i++)
		threads[i] = spawn(check_thread, (void *)(i + 1));
	barrier_wait(&marked);
	mark(99);
	pid = forkall();
	CHECK(pid >= 0);
	barrier_wait(&copied);
	check_marked(99);
	for (int i = 0; i < count; i++)
		CHECK_EQUAL(thread_join(threads[i], NULL), 0);
	thread_join(spawn(check_late_thread, NULL), NULL);
	if (pid == 0)
		process_exit(0);
	reap(pid);
}

int main(void)
{
	check_new();
	for (int n = 1; n <= 64; n = n == 1 ? 2 : n == 2 ? 8 : n * 8)
		check_threads(n);
	return 0;
}

#endif
