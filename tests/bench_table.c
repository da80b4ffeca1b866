/* The table of the benchmark. */
#include "bench.h"

#define RUNS_MIN 20			/* fewer make no median */

struct table *table;

const char *const measure_names[MEASURES] = {
	[FORKALL] = "forkall()",
	[FORKALL_PAUSE] = "  pause",
	[SNAPSHOT] = "snapshot()",
	[CHECKPOINT] = "checkpoint()",
	[CHECKPOINT_PAUSE] = "  pause",
	[RESTART] = "restart",
	[LAZY_RESTART] = "restart --lazy",
	[SYNCCALL] = "synccall()",
	[MUSL_SYNCCALL] = "  beside musl's",
};

long median(long *sample, int n)
{
	for (int i = 1; i < n; i++)
		for (int j = i; j > 0 && sample[j - 1] > sample[j]; j--) {
			long t = sample[j];

			sample[j] = sample[j - 1];
			sample[j - 1] = t;
		}
	return sample[n / 2];
}

int table_begin(void)
{
	table = (void *)sys(mmap, NULL, sizeof *table, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if ((unsigned long)table > -4096UL)
		return (int)(long)table;
	print("threads  state      MiB  measure          runs  median us   floor us"
	      "  ratio\n");
	return 0;
}

void table_add(int measure, int n, long *times, long *floors)
{
	struct row *row = &table->row[table->count];
	long ratio;

	if (table->count == sizeof table->row / sizeof *table->row)
		return;
	table->count++;
	*row = (struct row){
		subject, measure, n, median(times, n), median(floors, n),
	};
	ratio = 100 * row->time / (row->floor ? row->floor : 1);
	print("%7d  %-8s  %4d  %-15s  %4d  %9ld  %9ld  %3ld.%02ld%s\n",
	      subject.threads, subject.spin ? "spinning" : "waiting",
	      subject.mib, measure_names[measure], n, (row->time + 500) / 1000,
	      (row->floor + 500) / 1000, ratio / 100, ratio % 100,
	      n < RUNS_MIN ? "  few runs" : "");
}

int complain(const char *object, const char *reason)
{
	eprint("bench: %s: %s\n", object, reason);
	return 1;
}

int complain_error(const char *what, int error)
{
	eprint("bench: %d threads, %d MiB: %s: error %d\n", subject.threads,
	       subject.mib, what, -error);
	return 1;
}
