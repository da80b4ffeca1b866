/* The quiet moment: the process has one thread again, and must have the
 * mappings, open files, handlers, timers and pending signals that it had at
 * first.  The list from then is in memory, where copies and restarted processes
 * find it. */
#include "soak.h"

#define ROOM 512
#define TEXT (64 << 10)
#define STASH 1000
#define SPLICE_F_NONBLOCK 2
#define DESCRIPTORS 1024

struct range {
	unsigned long begin, end;
	unsigned letters;		/* "rwxp" */
};

static struct range before[ROOM], now[ROOM];
static int before_count;
static char is_open[DESCRIPTORS];
static char text[TEXT];
static int stash[2];

static long read_file(const char *path)
{
	long fd = system_call(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC,
			      0), size = 0, n;

	EXPECT(fd >= 0, "%s: error %ld", path, -fd);
	while ((n = system_call(__NR_read, fd, text + size, TEXT - 1 - size)) >
	       0)
		size += n;
	EXPECT(n == 0 && size < TEXT - 1, "%s: read gives %ld", path, n);
	text[size] = 0;
	system_call(__NR_close, fd);
	return size;
}

static unsigned long hexadecimal(const char **s)
{
	unsigned long n = 0;

	for (; **s != '-' && **s != ' '; ++*s)
		n = n * 16 + (unsigned long)(**s > '9' ? **s - 'a' + 10 :
							 **s - '0');
	++*s;
	return n;
}

/* The stack may have grown; neighbours with the same protection are one range,
 * because in a restarted process they may be; and what the kernel maps by
 * itself does not count. */
static int read_ranges(struct range *ranges)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	struct range r;
	int n = 0;

	read_file("/proc/self/maps");
	for (const char *s = text; *s; s++) {
		int kernels = 0;

		r.begin = hexadecimal(&s);
		r.end = hexadecimal(&s);
		memcpy(&r.letters, s, sizeof r.letters);
		for (; *s != '\n'; s++)
			kernels |= s[0] == '[' && s[1] == 'v';
		if (kernels)
			continue;
		if (r.begin <= here && here < r.end)
			r.begin = 0;
		if (n && ranges[n - 1].end == r.begin &&
		    ranges[n - 1].letters == r.letters) {
			ranges[n - 1].end = r.end;
			continue;
		}
		EXPECT(n < ROOM, "too many mappings");
		ranges[n++] = r;
	}
	return n;
}

static void note_descriptors(void)
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		is_open[fd] = system_call(__NR_fcntl, fd, F_GETFD) >= 0;
}

static void check_descriptors(void)
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		EXPECT((system_call(__NR_fcntl, fd, F_GETFD) >= 0) ==
		       is_open[fd], "descriptor %d is %s", fd, is_open[fd] ?
		       "closed" : "left open");
}

/* The number behind a word at the start of a line. */
static unsigned long field(const char *word, unsigned base)
{
	size_t size = strlen(word);
	const char *s = text;
	unsigned long n = 0;

	while (memcmp(s, word, size)) {
		while (*s && *s != '\n')
			s++;
		EXPECT(*s, "no %s in /proc/self/status", word);
		s++;
	}
	for (s += size; *s == ' ' || *s == '\t'; s++)
		;
	for (; *s != '\n'; s++)
		n = n * base + (unsigned long)(*s > '9' ? *s - 'a' + 10 :
							  *s - '0');
	return n;
}

/* The kernel counts threads for a moment longer than they live. */
static void await_alone(void)
{
	long began = clock_now();
	unsigned long threads;

	do {
		read_file("/proc/self/status");
		threads = field("Threads:", 10);
		system_call(__NR_sched_yield);
	} while (threads > 1 && !is_impatient(began));
	EXPECT(threads == 1, "there are %lu threads, not 1", threads);
}

static void check_mappings(void)
{
	int n = read_ranges(now), i = 0;

	while (i < n && i < before_count && now[i].begin == before[i].begin &&
	       now[i].end == before[i].end && now[i].letters == before[i].letters)
		i++;
	EXPECT(i == n && i == before_count,
	       "of %d mappings, which were %d, number %d is other: %lx-%lx", n,
	       before_count, i, now[i].begin, now[i].end);
}

static void check_timers(void)
{
	struct { long interval[2], value[2]; } alarm;

	EXPECT_0(system_call(__NR_getitimer, 0, &alarm));
	EXPECT(!(alarm.interval[1] | alarm.value[0] | alarm.value[1]),
	       "an interval timer is left");
}

/* What is in a pipe, which all processes have, and restarted ones as their own,
 * stays there: tee() takes nothing out. */
static void check_stash(void)
{
	unsigned char bytes[STASH];
	int copy[2];
	long n;

	EXPECT_0(system_call(__NR_pipe2, copy, O_CLOEXEC));
	n = system_call(__NR_tee, stash[0], copy[1], STASH + 1,
			SPLICE_F_NONBLOCK);
	EXPECT(n == STASH, "%ld bytes are in a pipe, not %d", n, STASH);
	n = system_call(__NR_read, copy[0], bytes, STASH);
	for (int i = 0; i < STASH; i++)
		EXPECT(n == STASH && bytes[i] == i % 251,
		       "byte %d in a pipe is %d", i, bytes[i]);
	EXPECT_0(system_call(__NR_close, copy[0]));
	EXPECT_0(system_call(__NR_close, copy[1]));
}

static void fill_stash(void)
{
	unsigned char bytes[STASH];

	for (int i = 0; i < STASH; i++)
		bytes[i] = (unsigned char)(i % 251);
	EXPECT_0(system_call(__NR_pipe2, stash, O_CLOEXEC));
	EXPECT(system_call(__NR_write, stash[1], bytes, STASH) == STASH,
	       "no room in a pipe");
}

void quiet_begin(void)
{
	fill_stash();
	before_count = read_ranges(before);
	note_descriptors();
}

/* A tick that came at last may be pending: nobody is left who takes it. */
void quiet_check(void)
{
	unsigned long expected = BIT(SIGALRM) | BIT(SIGCHLD), pending;

	await_alone();
	pending = field("SigPnd:", 16) | field("ShdPnd:", 16);
	EXPECT(!(pending & ~expected), "signals %lx are pending", pending);
	EXPECT(field("SigBlk:", 16) == me.mask, "the mask is %lx",
	       field("SigBlk:", 16));
	check_mappings();
	check_descriptors();
	check_timers();
	check_stash();
}
