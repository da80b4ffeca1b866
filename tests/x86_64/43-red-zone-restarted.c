/* Case 43 with restarted processes. */
#include "restarted.h"
#include "43-red-zone.c"
