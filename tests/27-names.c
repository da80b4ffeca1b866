/* Case 27: a thread's number, control block and name are the same in every copy;
 * numbers are never used again; a name is cut to 15 bytes, can be given at birth
 * and by another thread, and is inherited. */
#include "proc.h"
#include "crew.h"

static char name_read[256];

static void keep_line(const char *line)
{
	memcpy(name_read, line, strlen(line) + 1);
}

static void check_name(const struct thread *thread, const char *name)
{
	char path[48];

	format(path, sizeof path, "/proc/self/task/%d/comm",
	       thread_tid(thread));
	proc_lines(path, keep_line);
	if (strcmp(name_read, name))
		eprint("the name is '%s', not '%s'\n", name_read, name);
	CHECK_EQUAL(strcmp(name_read, name), 0);
}

static void *named(void *name)
{
	check_name(thread_self(), name);
	return NULL;
}

static void test_attribute(const char *name, char *expected)
{
	struct thread_attr attr = { .name = name };
	struct thread *thread;

	CHECK_EQUAL(thread_create(&thread, &attr, named, expected), 0);
	CHECK_EQUAL(thread_join(thread, NULL), 0);
}

static void set_names(int n)
{
	char name[16];

	for (int i = 1; i < n; i++) {
		format(name, sizeof name, "worker (%d)", i);
		CHECK_EQUAL(thread_set_name(crew.members[i], name), 0);
	}
}

static void check_names(int n, int first_id)
{
	char name[16];

	check_name(thread_self(), "the main thread");
	CHECK_EQUAL(thread_id(thread_self()), 0);
	for (int i = 1; i < n; i++) {
		format(name, sizeof name, "worker (%d)", i);
		check_name(crew.members[i], name);
		CHECK_EQUAL(thread_id(crew.members[i]), first_id + i - 1);
	}
}

int main(void)
{
	int first_id = 0, pid;

	CHECK_EQUAL(thread_set_name(NULL, "x"), -EINVAL);
	CHECK_EQUAL(thread_set_name(thread_self(), NULL), -EINVAL);
	CHECK_EQUAL(thread_set_name(thread_self(), "the main thread, cut"), 0);
	test_attribute("123456789012345", "123456789012345");
	test_attribute("1234567890123456", "123456789012345");
	test_attribute("x", "x");
	test_attribute(NULL, "the main thread");
	first_id = 5;
	for_each_count(n) {
		crew_muster(n);
		set_names(n);
		check_names(n, first_id);
		pid = crew_forkall(n / 2);
		CHECK(pid >= 0);
		check_names(n, first_id);
		if (pid == 0)
			process_exit(0);
		reap(pid);
		crew_dismiss();
		first_id += n - 1;
	}
	return 0;
}
