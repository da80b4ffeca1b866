/* Case 44 with restarted processes: the guards of stacks are there. */
#include "restarted.h"
#include "44-guard.c"
