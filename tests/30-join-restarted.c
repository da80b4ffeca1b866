/* Case 30 with restarted processes: joins in progress, and threads not yet joined. */
#include "restarted.h"
#include "30-join.c"
