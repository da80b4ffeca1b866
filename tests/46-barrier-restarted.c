/* Case 46 with restarted processes: a barrier with some of its threads arrived. */
#include "restarted.h"
#include "46-barrier.c"
