/* Runs the real restart on an image that is not to be trusted.  A seccomp filter
 * knows by the program counter who makes a system call: restart may do what it
 * likes, what it has jumped to may do nothing.  And a signal is looked at by a
 * tracer: did it hit restart itself, or the program of the image? */
#ifndef ATTACK_H
#define ATTACK_H

#include "hold.h"
#include <linux/elf.h>
#include <linux/filter.h>
#include <linux/resource.h>
#include <linux/seccomp.h>

#define SECOND   1000000000L
#define PATIENCE (10 * SECOND)		/* of a processor, for one restart */
#define MOST_KB  (64 << 10)		/* of memory, with a small image */

enum outcome { REFUSED, JUMPED, SHOWN, BROKEN };

static char attack_path[96];
static char attack_said[64 << 10];	/* on standard error */
static int attack_errors;		/* the file for that */
static unsigned long text_begin, text_end;	/* of restart */

/* ---- restart, shut in ---------------------------------------------------- */

/* Where restart's code is, by its program headers. */
static inline void find_text(void)
{
	Elf64_Ehdr h;
	Elf64_Phdr p;
	long fd = system_call(__NR_openat, AT_FDCWD, tool_path("restart"),
			      O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_EQUAL(system_call(__NR_pread64, fd, &h, sizeof h, 0), sizeof h);
	for (int i = 0; i < h.e_phnum; i++) {
		CHECK_EQUAL(system_call(__NR_pread64, fd, &p, sizeof p,
					h.e_phoff + (unsigned)i * sizeof p),
			    sizeof p);
		if (p.p_type == PT_LOAD && p.p_flags & PF_X) {
			text_begin = p.p_vaddr;
			text_end = p.p_vaddr + p.p_memsz;
		}
	}
	system_call(__NR_close, fd);
	CHECK(text_begin && text_begin >> 32 == text_end >> 32);
}

/* Calls from elsewhere are the tracer's to decide; without one, they fail. */
static inline void allow_restart_only(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 12),	/* program counter... */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (__u32)(text_begin >> 32),
			 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 8),	/* ...low half */
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (__u32)text_begin, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (__u32)text_end, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

	CHECK_EQUAL(system_call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	if (system_call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		process_exit(SKIPPED);
}

static inline _Noreturn void become_attacked(const char *option)
{
	const char *arguments[] = { tool_path("restart"), option, attack_path,
				    NULL };
	const char *none[] = { NULL };
	long null = system_call(__NR_openat, AT_FDCWD, "/dev/null",
				O_RDWR | O_CLOEXEC);

	if (ptrace(PTRACE_TRACEME, 0, 0) < 0)
		process_exit(SKIPPED);
	system_call(__NR_kill, getpid(), SIGSTOP);
	system_call(__NR_dup3, null, 0, 0);
	system_call(__NR_dup3, null, 1, 0);
	system_call(__NR_dup3, attack_errors, 2, 0);
	allow_restart_only();
	system_call(__NR_execve, arguments[0], arguments, none);
	process_exit(127);
}

/* ---- The tracer ---------------------------------------------------------- */

/* If nothing happens for a while, it is stopped for a look. */
static inline int wait_for(int pid, struct rusage *usage)
{
	struct timespec moment = { 0, SECOND / 10 };
	unsigned long child = 1UL << (SIGCHLD - 1);
	long look = clock_now() + 2 * SECOND, r;
	int status;

	for (;;) {
		r = system_call(__NR_wait4, pid, &status, WNOHANG | __WALL,
				usage);
		CHECK(r >= 0);
		if (r == pid)
			return status;
		system_call(__NR_rt_sigtimedwait, &child, NULL, &moment, 8);
		if (clock_now() > look)
			system_call(__NR_kill, pid, SIGSTOP);
	}
}

static inline int is_in_restart(int pid)
{
	struct ptrace_syscall_info info;

	CHECK(system_call(__NR_ptrace, PTRACE_GET_SYSCALL_INFO, pid, sizeof info,
			  &info) > 0);
	return info.instruction_pointer >= text_begin &&
		info.instruction_pointer <= text_end;
}

/* One complaint, or one for each thing that cannot be restored; and every line
 * is whole. */
static inline int is_complaint(void)
{
	static char start[128];
	long n = system_call(__NR_pread64, attack_errors, attack_said,
			     sizeof attack_said - 1, 0);
	size_t length, lines = 0, partial = 0;
	char *s = attack_said, *end;

	CHECK(n >= 0);
	s[n] = 0;
	format(start, sizeof start, "restart: %s: ", attack_path);
	length = strlen(start);
	for (; *s; s = end + 1, lines++) {
		for (end = s; *end && *end != '\n'; end++)
			if ((unsigned char)*end < ' ')
				return 0;
		if (!*end || (size_t)(end - s) <= length ||
		    memcmp(s, start, length))
			return n == sizeof attack_said - 1;	/* cut */
		partial += !memcmp(s + length, "fd ", 3) ||
			!memcmp(s + length, "pipe ", 5) ||
			!memcmp(s + length, "memory at ", 10);
	}
	return lines == 1 || (lines > 1 && partial == lines);
}

static inline enum outcome broken(const char *why, int number)
{
	eprint("restart %s (%d)\n", why, number);
	return BROKEN;
}

/* That a process has had of a processor. */
static inline long time_of(int pid)
{
	struct timespec t;

	CHECK_EQUAL(system_call(__NR_clock_gettime, ~pid * 8 | 2, &t), 0);
	return t.tv_sec * SECOND + t.tv_nsec;
}

/* A stop of restart, of which the tracer has to make something; -1: go on. */
static inline int judge_stop(int pid, int status, int *executed)
{
	int signal = STOP_SIGNAL(status);

	if (STOP_EVENT(status) == PTRACE_EVENT_EXEC)
		*executed = 1;
	if (!*executed || STOP_EVENT(status) == PTRACE_EVENT_EXEC)
		return -1;
	if (STOP_EVENT(status) == PTRACE_EVENT_SECCOMP || !is_in_restart(pid))
		return JUMPED;
	if (signal != SIGSTOP)
		return broken("was hit by a signal before it has jumped",
			      signal);
	return time_of(pid) < PATIENCE ? -1 : (int)broken("does not end", 0);
}

static inline enum outcome judge_end(int status, const char *option,
				     const struct rusage *usage)
{
	if (status == SKIPPED << 8) {
		images_end();
		skip("may not be traced");
	}
	if (status & 0x7f)
		return broken("was killed", status);
	if (usage->ru_maxrss > MOST_KB)
		return broken("took much memory, KiB", (int)usage->ru_maxrss);
	if (status == 1 << 8)
		return is_complaint() ? REFUSED :
			broken("does not say why, or says a lot", status);
	if (status == 0 && !strcmp(option, "--info") &&
	    system_call(__NR_lseek, attack_errors, 0, 2) == 0)
		return SHOWN;
	return broken("ended oddly: status", status);
}

/* What restart makes of the file at attack_path. */
static inline enum outcome attack(const char *option)
{
	int status, executed = 0, verdict, pid;
	struct rusage usage;

	CHECK_EQUAL(system_call(__NR_ftruncate, attack_errors, 0), 0);
	pid = fork1();
	CHECK(pid >= 0);
	if (pid == 0)
		become_attacked(option);
	status = wait_for(pid, &usage);
	if (STOPPED(status))
		CHECK_EQUAL(ptrace(PTRACE_SETOPTIONS, pid, PTRACE_O_EXITKILL |
				   PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP),
			    0);
	for (; STOPPED(status); status = wait_for(pid, &usage)) {
		verdict = judge_stop(pid, status, &executed);
		if (verdict >= 0) {
			system_call(__NR_kill, pid, SIGKILL);
			CHECK_EQUAL(wait_for(pid, &usage), SIGKILL);
			return (enum outcome)verdict;
		}
		CHECK_EQUAL(ptrace(PTRACE_CONT, pid, 0), 0);
	}
	return judge_end(status, option, &usage);
}

#endif
