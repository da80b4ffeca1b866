/* Case 42 with restarted processes. */
#include "restarted.h"
#include "42-gs.c"
