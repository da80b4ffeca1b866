/* Case 42: each thread's _Thread_local data in P and in C, aligned to a page: as
 * much as is ever promised, and the mapping is not one bit better aligned. */
#define TLS_ALIGN 4096
#include "tls.h"
