/* Case 46 with restarted processes: a semaphore and its waiters. */
#include "restarted.h"
#include "46-semaphore.c"
