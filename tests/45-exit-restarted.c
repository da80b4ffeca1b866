/* Case 45 with restarted processes: robust mutexes are held, and their owner dies in
 * the restarted process only. */
#include "restarted.h"
#include "45-exit.c"
