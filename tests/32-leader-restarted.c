/* Case 32 with restarted processes: the main thread is the leader, whoever asked for
 * the image. */
#include "restarted.h"
#include "32-leader.c"
