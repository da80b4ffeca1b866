/* Case 8 with processes restarted from an image a second after it was taken:
 * sigtimedwait() lasts for the time that was left. */
#define RESTART_LATER 1
#include "restarted.h"
#include "08-signal-timed.c"
