/* Case 18 with restarted processes: alternate stacks are registered, and were used. */
#include "restarted.h"
#include "18-altstack.c"
