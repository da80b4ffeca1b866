/* Case 42 with restarted processes: _Thread_local variables. */
#include "restarted.h"
#include "42-tls-byte.c"
