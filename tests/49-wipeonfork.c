/* Case 49: a thread's control block is to be zero in copies (MADV_WIPEONFORK):
 * refused like MADV_DONTFORK, and after MADV_KEEPONFORK it works.  Hard because
 * in the copy the page is there, and only what was on it is not: the list of
 * threads.  (Other pages that a program wants wiped are its own affair.) */
#include "dontfork.h"

static void test_control_block(int n)
{
	check_page(n, victim.thread, MADV_WIPEONFORK, MADV_KEEPONFORK);
}

static void test_main_thread(int n)
{
	check_page(n, thread_self(), MADV_WIPEONFORK, MADV_KEEPONFORK);
}

int main(int argc, char **argv)
{
	for_each_count(n) {
		if (argc < 2 || argv[1][0] == '0')
			run(n, test_control_block);
		if (argc < 2 || argv[1][0] == '1')
			run(n, test_main_thread);
	}
	return 0;
}
