/* Case 41 with restarted processes. */
#include "restarted.h"
#include "41-registers.c"
