/* Case 47 with restarted processes: name, nice value, policy, priority, processors. */
#include "restarted.h"
#include "47-scheduling.c"
