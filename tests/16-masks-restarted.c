/* Case 16 with restarted processes: each thread has its signal mask. */
#include "restarted.h"
#include "16-masks.c"
