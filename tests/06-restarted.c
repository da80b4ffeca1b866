/* Case 6 with processes restarted from an image a second after it was taken: timed
 * polls last for the time that was left. */
#define RESTART_LATER 1
#include "restarted.h"
#include "06-poll-timed.c"
