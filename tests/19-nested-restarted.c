/* Case 19 with restarted processes: stopped three handlers deep. */
#include "restarted.h"
#include "19-nested.c"
