/* Case 11: of a large write to a full pipe or socket every byte arrives once
 * from P, and from each copy once what P had not written when the copy was
 * made.  Hard because a stop makes the kernel return how far it has come.
 * Half of the threads write page by page without the library, which the kernel
 * restarts. */
#include "blocked.h"
#include "socket.h"

#define WORDS (256 << 10)		/* of all threads together */
#define PAGE  4096L			/* so much is written whole */

static int ends[2];
static unsigned long words[WORDS];	/* each says which one it is */
static unsigned char seen[WORDS];
static long size;			/* bytes of one thread */
static int finished;			/* threads; the last one closes */

static void writer(int number)
{
	char *text = (char *)words + number * size;

	if (number % 2 == 0)
		CHECK_EQUAL(system_call(__NR_write, ends[1], text, size), size);
	for (long done = 0; number % 2 && done < size; done += PAGE)
		CHECK_EQUAL(sys(write, ends[1], text + done, PAGE), PAGE);
	if (add(&finished, 1) == blocked.count)
		CHECK_EQUAL(system_call(__NR_close, ends[1]), 0);
}

/* Notes what arrives; 0 when all ends are closed. */
static int read_some(long most)
{
	static unsigned long text[4 * PAGE];
	long n = system_call(__NR_read, ends[0], text, most * 8);

	CHECK(n >= 0);
	CHECK_EQUAL(n % 8, 0);
	for (long i = 0; i < n / 8; i++) {
		CHECK(text[i] < WORDS);
		seen[text[i]]++;
	}
	return n > 0;
}

/* A thread's words have come once from P, then from one copy too, then two. */
static void check_thread(int number)
{
	unsigned char *first = seen + number * size / 8;

	CHECK(first[0] >= 1);
	for (long i = 1; i < size / 8; i++)
		CHECK(first[i] >= first[i - 1]);
	CHECK(first[size / 8 - 1] <= 1 + blocked.copies);
}

static void test(int n, unsigned long *random)
{
	int stops = 0;

	size = sizeof words / (unsigned long)n;
	finished = 0;
	memset(seen, 0, sizeof seen);
	begin(n, writer);
	while (read_some(1 + random_next(random) % (4 * PAGE))) {
		if (stops < STOPS)
			stop_once(is_copy_due(stops++));
		if (blocked.is_copy)
			break;
	}
	finish();
	CHECK_EQUAL(system_call(__NR_close, ends[0]), 0);
	for (int i = 0; i < n; i++)
		check_thread(i);
}

int main(int argc, char **argv)
{
	unsigned long random = random_seed(argc, argv);

	for (unsigned long i = 0; i < WORDS; i++)
		words[i] = i;
	for_each_count(n) {
		open_pipe(ends);
		test(n, &random);
		open_socketpair(SOCK_STREAM, ends);
		test(n, &random);
	}
	return 0;
}
