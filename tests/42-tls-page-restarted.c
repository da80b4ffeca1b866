/* Case 42 with restarted processes: _Thread_local variables, aligned to pages. */
#include "restarted.h"
#include "42-tls-page.c"
