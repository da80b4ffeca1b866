/* Case 38: a process with 1000 threads is restarted, eagerly and lazily. */
#include "restarted.h"
#include "crew.h"

#define THREADS 1000

int main(void)
{
	int pid = 0;

	crew_muster(THREADS);
	for (int i = 0; i < 2; i++) {
		pid = restarted_copy();
		CHECK(pid >= 0);
		crew_roll_call();
		if (pid == 0)
			break;
		reap(pid);
	}
	crew_dismiss();
	return 0;
}
