/* Whether a process has called checkpoint_enable(), as /proc shows it.  To others
 * SIGCKPT would be the end. */
#include "request.h"

/* Reads a small file of /proc, with a final 0; "" if that fails. */
static void read_proc(const char *path, char *text, size_t size)
{
	long fd = sys(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC), n = 0;

	if (fd >= 0) {
		n = sys(read, (int)fd, text, size - 1);
		sys(close, (int)fd);
	}
	text[n > 0 ? n : 0] = 0;
}

static int catches_signal(int pid)
{
	char path[48], text[4096];

	format(path, sizeof path, "/proc/%d/status", pid);
	read_proc(path, text, sizeof text);
	return (proc_hex(proc_status_field(text, "SigCgt:\t")) &
		SIGNAL_BIT(SIGCKPT)) != 0;
}

static int is_request_thread(int pid, const char *tid)
{
	char path[64], text[32];

	format(path, sizeof path, "/proc/%d/task/%s/comm", pid, tid);
	read_proc(path, text, sizeof text);
	return strcmp(text, REQUEST_THREAD "\n") == 0;
}

static int has_request_thread(int pid)
{
	struct directory_entry *e;
	char path[48], entries[4096] __attribute__((aligned(8)));
	int found = 0;
	long fd, n;

	format(path, sizeof path, "/proc/%d/task", pid);
	fd = sys(openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd >= 0 && !found &&
	       (n = sys(getdents64, (int)fd, entries, sizeof entries)) > 0)
		for (long at = 0; at < n && !found; at += e->size) {
			e = (struct directory_entry *)(entries + at);
			found = is_request_thread(pid, e->name);
		}
	if (fd >= 0)
		sys(close, (int)fd);
	return found;
}

int request_is_enabled(int pid)
{
	return catches_signal(pid) && has_request_thread(pid);
}
