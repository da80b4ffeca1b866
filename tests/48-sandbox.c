/* Case 48: one thread has shut itself in, or has given up or taken rights, by
 * means that no set of ids or capabilities shows.  Its copy must not be free:
 * refused, whoever calls, and nothing has happened; works when that thread has
 * ended.  Hard because each is asked for in a way of its own. */
#include "odd.h"
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>

#define OTHER 65534

static long file_user(void)
{
	long before = system_call(__NR_setfsuid, OTHER);

	return system_call(__NR_setfsuid, -1) != before ? 0 : -EPERM;
}

static long file_group(void)
{
	long before = system_call(__NR_setfsgid, OTHER);

	return system_call(__NR_setfsgid, -1) != before ? 0 : -EPERM;
}

static long other_groups(void)
{
	int groups[] = { 4711, OTHER };

	return system_call(__NR_setgroups, 2, groups);
}

static long securebits(void)
{
	return system_call(__NR_prctl, PR_SET_SECUREBITS, SECBIT_NOROOT, 0, 0,
			   0);
}

static long no_new_privileges(void)
{
	return system_call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static long filter(void)
{
	struct sock_filter all[] = {
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 1, all };
	long r = no_new_privileges();

	return r < 0 ? r : system_call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				       &program);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *what;
		long (*change)(void);
	} kinds[] = {
		{ "user for files", file_user },
		{ "group for files", file_group },
		{ "supplementary groups", other_groups },
		{ "securebits", securebits },
		{ "no_new_privs", no_new_privileges },
		{ "seccomp filter", filter },
	};
	int made = 0;

	if (system_call(__NR_geteuid) != 0)
		system_call(__NR_unshare, CLONE_NEWUSER);
	for (int i = 0; i < 6; i++)
		if (argc < 2 || argv[1][0] == '0' + i)
			made += check_odd_all(kinds[i].what, kinds[i].change);
	if (!made)
		skip("none of this can be changed here");
	return 0;
}
