/* Case 46 with restarted processes: threads that wait for a condition variable. */
#include "restarted.h"
#include "46-condition.c"
