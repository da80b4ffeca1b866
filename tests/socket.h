/* Local sockets for tests: what no UAPI header says. */
#ifndef SOCKET_H
#define SOCKET_H

#include "test.h"
#include <linux/socket.h>
#include <asm/socket.h>
#include <linux/un.h>

enum { AF_UNIX = 1, SOCK_STREAM = 1, SOCK_DGRAM = 2, MSG_WAIT_ALL = 0x100 };

static inline void open_socketpair(int type, int ends[2])
{
	CHECK_EQUAL(system_call(__NR_socketpair, AF_UNIX, type, 0, ends), 0);
}

#endif
