/* Case 42: each thread's _Thread_local data in P and in C, with no alignment:
 * the thread pointer and the size of the block are rounded all the same. */
#define TLS_ALIGN 1
#include "tls.h"
