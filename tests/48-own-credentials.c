/* Case 48: one thread has taken other user or group ids or capabilities, by
 * system calls that are for one thread alone. forkall() and snapshot() refuse,
 * whoever calls, and nothing has happened; they work when that thread has
 * ended.  Hard because the copy's threads all get the caller's. */
#include "odd.h"
#include <linux/capability.h>
#include <linux/sched.h>

#define OTHER 65534

static long own_real_uid(void)
{
	return system_call(__NR_setresuid, OTHER, -1, -1);
}

static long own_effective_uid(void)
{
	return system_call(__NR_setresuid, -1, OTHER, -1);
}

static long own_saved_uid(void)
{
	return system_call(__NR_setresuid, -1, -1, OTHER);
}

static long own_real_gid(void)
{
	return system_call(__NR_setresgid, OTHER, -1, -1);
}

static long own_effective_gid(void)
{
	return system_call(__NR_setresgid, -1, OTHER, -1);
}

static long own_saved_gid(void)
{
	return system_call(__NR_setresgid, -1, -1, OTHER);
}

static long own_user(void)
{
	return system_call(__NR_setresuid, OTHER, OTHER, OTHER);
}

/* Changes one bit of one of the sets. */
static long change_capability(int effective, int permitted, int inheritable)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0
	};
	struct __user_cap_data_struct sets[2], *high = &sets[1];
	__u32 bit = CAP_TO_MASK(CAP_SYSLOG);

	CHECK_EQUAL(system_call(__NR_capget, &header, sets), 0);
	if (!(high->effective & bit))
		return -EPERM;
	high->effective &= ~(effective ? bit : 0);
	high->permitted &= ~(permitted ? bit : 0);
	high->inheritable ^= inheritable ? bit : 0;
	return system_call(__NR_capset, &header, sets);
}

static long own_effective_set(void)
{
	return change_capability(1, 0, 0);
}

static long own_permitted_set(void)
{
	return change_capability(1, 1, 0);
}

static long own_inheritable_set(void)
{
	return change_capability(0, 0, 1);
}

/* Whoever is not root is given capabilities in a user namespace. */
int main(void)
{
	int made = 0;

	if (system_call(__NR_geteuid) != 0 &&
	    system_call(__NR_unshare, CLONE_NEWUSER) < 0)
		skip("neither root nor user namespaces");
	made += check_odd_all("real user", own_real_uid);
	made += check_odd_all("effective user", own_effective_uid);
	made += check_odd_all("saved user", own_saved_uid);
	made += check_odd_all("real group", own_real_gid);
	made += check_odd_all("effective group", own_effective_gid);
	made += check_odd_all("saved group", own_saved_gid);
	made += check_odd_all("another user", own_user);
	made += check_odd_all("effective capabilities", own_effective_set);
	made += check_odd_all("permitted capabilities", own_permitted_set);
	made += check_odd_all("inheritable capabilities", own_inheritable_set);
	if (!made)
		skip("no credentials can be changed here");
	return 0;
}
