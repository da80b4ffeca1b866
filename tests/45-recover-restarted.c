/* Case 45 with restarted processes: an inconsistent mutex is repaired or lost in each
 * process for itself. */
#include "restarted.h"
#include "45-recover.c"
