/* Case 31 with restarted processes: the main thread has ended in them, too; and they
 * are restarted from images of restarted ones. */
#include "restarted.h"
#include "31-zombie-leader.c"
