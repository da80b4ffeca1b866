/* What the kernel keeps for a thread outside its memory and its signal frame:
 * noted by the thread itself when it parks before a copy is made, and put back
 * by its copy before that goes on.  NOTES.md has the table of what is where. */
#include "thread.h"
#include <linux/capability.h>
#include <linux/resource.h>

#define GROUPS 32			/* who is in more, is not asked in which */

static struct {
	int tid;
	struct credentials {
		unsigned uid[4], gid[4], capabilities[6], groups[GROUPS];
		int group_count, securebits, no_new_privileges, seccomp;
	} credentials;
} stopper;

static void get_credentials(struct credentials *c)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0
	};

	memset(c, 0, sizeof *c);
	sys(getresuid, &c->uid[0], &c->uid[1], &c->uid[2]);
	sys(getresgid, &c->gid[0], &c->gid[1], &c->gid[2]);
	c->uid[3] = (unsigned)sys(setfsuid, -1);	/* reads it */
	c->gid[3] = (unsigned)sys(setfsgid, -1);
	c->group_count = (int)sys(getgroups, GROUPS, c->groups);
	sys(capget, &header, c->capabilities);
	c->securebits = (int)sys(prctl, PR_GET_SECUREBITS);
	c->no_new_privileges = (int)sys(prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	c->seccomp = (int)sys(prctl, PR_GET_SECCOMP);
}

static int different(struct thread *self, int type)
{
	return (int)sys(kcmp, stopper.tid, self->tid, type) > 0;
}

/* The threads of the copy get their open files, directories and credentials from
 * its leader, which is the stopper's copy.  A thread that has its own (raw
 * unshare or setuid) cannot be copied so.  Without kcmp in the kernel, files and
 * directories go unchecked. */
static int shares_everything(struct thread *self)
{
	struct credentials own;

	get_credentials(&own);
	return memcmp(&own, &stopper.credentials, sizeof own) == 0 &&
	       !different(self, KCMP_FILES) && !different(self, KCMP_FS);
}

void keep_begin(struct thread *self)
{
	stopper.tid = self->tid;
	get_credentials(&stopper.credentials);
}

static int keep_scheduling(struct kept *k)
{
	int r = (int)sys(sched_getattr, 0, &k->sched, sizeof k->sched);

	if (r < 0)
		return r;
	/* sched_getattr() shows it for policies that use it, and no others. */
	if (k->sched.sched_policy == SCHED_NORMAL ||
	    k->sched.sched_policy == SCHED_BATCH)
		r = 20 - k->sched.sched_nice;
	else
		r = (int)sys(getpriority, PRIO_PROCESS, 0);
	if (r < 0)
		return r;
	k->sched.sched_nice = 20 - r;
	r = (int)sys(sched_getaffinity, 0, sizeof k->affinity, k->affinity);
	return r < 0 ? r : 0;
}

int keep_thread(struct thread *self)
{
	struct kept *k = &self->kept;
	size_t size;
	int r;

	if (shadow_stack_active())
		return -EOPNOTSUPP;
	if (self->tid != stopper.tid && !shares_everything(self))
		return -EOPNOTSUPP;
	k->tid = self->tid;
	r = (int)sys(prctl, PR_GET_NAME, k->name);
	if (r == 0)
		r = (int)sys(get_robust_list, 0, &k->robust, &size);
	if (r == 0)
		r = (int)sys(sigaltstack, NULL, &k->altstack);
	if (r == 0)
		r = keep_scheduling(k);
	return r < 0 ? r : arch_keep(&k->arch);
}

/* The creator's value is the new thread's, unless the policy says otherwise.
 * What is equal is left alone: it needs a privilege to raise a priority, but
 * none to have it. */
static int repair_scheduling(const struct kept *k, const struct kept *inherited)
{
	int r = 0;

	if ((inherited->sched.sched_flags & SCHED_FLAG_RESET_ON_FORK) ||
	    memcmp(&k->sched, &inherited->sched, sizeof k->sched)) {
		r = (int)sys(sched_setattr, 0, &k->sched);
		if (r == 0)
			r = (int)sys(setpriority, PRIO_PROCESS, 0,
				     k->sched.sched_nice);
	}
	if (r == 0 && memcmp(k->affinity, inherited->affinity,
			     sizeof k->affinity))
		r = (int)sys(sched_setaffinity, 0, sizeof k->affinity, k->affinity);
	return r;
}

int repair_first_task(void)
{
	struct kept *k = &respawn_caller->kept, now;
	int r;

	memset(&now, 0, sizeof now);
	r = keep_scheduling(&now);
	if (r == 0)
		r = (int)sys(sigaltstack, &k->altstack);
	return r < 0 ? r : repair_scheduling(k, &now);
}

/* ---- What a thread of a copy puts back, one function for each ----------- */

static int robust_list(struct thread *self, const struct kept *k)
{
	int r = 0;

	if (k->robust) {
		r = (int)sys(set_robust_list, k->robust, sizeof *k->robust);
		robust_adopt(k->robust, k->tid, self->tid);
	}
	return r;
}

static int name(struct thread *self, const struct kept *k)
{
	(void)self;
	if (memcmp(k->name, respawn_caller->kept.name, sizeof k->name) == 0)
		return 0;
	return (int)sys(prctl, PR_SET_NAME, k->name);
}

/* The others have it in the frame through which they return, and new threads have
 * none.  But the fork has given the caller's to the leader; who is both, may stand
 * on it. */
static int alternate_stack(struct thread *self, const struct kept *k)
{
	if ((self == respawn_caller) == (self == leader))
		return 0;
	return (int)sys(sigaltstack, &k->altstack);
}

static int scheduling(struct thread *self, const struct kept *k)
{
	(void)self;
	return repair_scheduling(k, &respawn_caller->kept);
}

static int processor_state(struct thread *self, const struct kept *k)
{
	(void)self;
	return arch_repair(&k->arch);
}

/* gdb/forkall.py stops at each of them. */
static int (*const repairs[])(struct thread *, const struct kept *) = {
	robust_list, name, alternate_stack, scheduling, processor_state,
};

int repair_thread(struct thread *self)
{
	int r = 0;

	for (size_t i = 0; i < sizeof repairs / sizeof *repairs && r == 0; i++)
		r = repairs[i](self, &self->kept);
	return r;
}
