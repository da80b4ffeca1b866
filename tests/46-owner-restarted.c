/* Case 46 with restarted processes: owners of mutexes are owners. */
#include "restarted.h"
#include "46-owner.c"
