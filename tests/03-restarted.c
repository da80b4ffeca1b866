/* Case 3 with processes restarted from an image a second after it was taken: the
 * wait lasts for the time that was left. */
#define RESTART_LATER 1
#include "restarted.h"
#include "03-futex-relative.c"
