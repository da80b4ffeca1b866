/* What the tool ckpt and a program that has enabled checkpoints say to each other.
 *
 * A request is SIGCKPT, queued, with a number as its value.  The answer is one
 * datagram to a socket that ckpt has bound, whose name is in no file system:
 * REQUEST_SOCKET, with the pid and the number from the signal. */
#ifndef REQUEST_H
#define REQUEST_H

#include "thread.h"
#include <asm/socket.h>
#include <linux/un.h>

#define REQUEST_SOCKET "forkall.ckpt.%d.%d"
#define REQUEST_THREAD "checkpoint"	/* the name of the one that answers */

/* In no UAPI header. */
#ifndef AF_UNIX
#define AF_UNIX      1
#define SOCK_DGRAM   2
#define SOCK_CLOEXEC O_CLOEXEC
#define MSG_DONTWAIT 0x40
/* Whether this process can be asked.  In enabled.c, for ckpt. */
int request_is_enabled(int pid);

#endif

struct answer {
	int result;			/* checkpoint()'s */
	int refused;			/* a callback said so */
	char path[4096];		/* the image */
};

/* Fills in a name that is in no file system; returns the address's length. */
static inline int request_address(struct sockaddr_un *address, int pid,
				  int number)
{
	address->sun_family = AF_UNIX;
	address->sun_path[0] = 0;
	return (int)offsetof(struct sockaddr_un, sun_path) + 1 +
	       format(address->sun_path + 1, sizeof address->sun_path - 1,
		      REQUEST_SOCKET, pid, number);
}

/* Whether this process can be asked.  In enabled.c, for ckpt. */
int request_is_enabled(int pid);

#endif
