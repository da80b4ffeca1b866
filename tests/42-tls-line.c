/* Case 42: each thread's _Thread_local data in P and in C, aligned to 64 bytes,
 * more than the TCB is: the gap above (variant I) or the block below the thread
 * pointer (variant II) grows with it. */
#define TLS_ALIGN 64
#include "tls.h"
