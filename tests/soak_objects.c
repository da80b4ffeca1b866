/* The kinds of blocked calls, second half: sockets, file locks, futexes,
 * message queues, semaphores. */
#include "soak_calls.h"
#include <linux/futex.h>
#include <linux/ipc.h>
#include <linux/mqueue.h>
#include <linux/msg.h>
#include <linux/sem.h>
#include <linux/socket.h>

#define AF_UNIX     1
#define SOCK_STREAM 1
#define LOCK_EX     2
#define LOCK_NB     4
#define LOCK_UN     8

/* ---- Sockets ------------------------------------------------------------- */

static void listen_open(struct seat *s)
{
	unsigned short family = AF_UNIX;
	long r;

	s->fds[0] = (int)system_call(__NR_socket, AF_UNIX, SOCK_STREAM |
				     O_CLOEXEC, 0);
	EXPECT(s->fds[0] >= 0, "socket gives %d", s->fds[0]);
	/* The kernel finds a name; if not a copy that shares it was quicker. */
	r = system_call(__NR_bind, s->fds[0], &family, 2);
	EXPECT(r == 0 || !is_fresh(s), "bind gives %ld", r);
	EXPECT_0(system_call(__NR_listen, s->fds[0], 8));
}

static void shut_one(struct seat *s)
{
	shut(s, 1);
}

static long accept_call(struct seat *s)
{
	long fd = system_call(__NR_accept4, s->fds[0], 0L, 0L, O_CLOEXEC), r;

	if (fd < 0)
		return fd;
	r = read_value((int)fd);
	EXPECT_0(system_call(__NR_close, fd));
	return r;
}

static void connect_feed(struct seat *s)
{
	char name[128];
	int size = sizeof name;
	long fd;

	EXPECT_0(system_call(__NR_getsockname, s->fds[0], name, &size));
	fd = system_call(__NR_socket, AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0);
	EXPECT_0(system_call(__NR_connect, fd, name, size));
	write_value((int)fd, s->value);
	EXPECT_0(system_call(__NR_close, fd));
}

static void sockets_open(struct seat *s)
{
	EXPECT_0(system_call(__NR_socketpair, AF_UNIX, SOCK_STREAM | O_CLOEXEC,
			     0, s->fds));
}

static long receive_call(struct seat *s)
{
	unsigned char value;
	long r = system_call(__NR_recvfrom, s->fds[0], &value, 1, 0L, 0L, 0L);

	return r == 1 ? value : r == 0 ? -EPIPE : r;
}

/* ---- File locks ---------------------------------------------------------- */

/* Two open files, one of which has the lock.  A copy shares them, and can find
 * it taken. */
static void lock_files_open(struct seat *s)
{
	char path[32];

	s->fds[0] = (int)system_call(__NR_memfd_create, "lock", 1L);
	EXPECT(s->fds[0] >= 0, "memfd_create gives %d", s->fds[0]);
	format(path, sizeof path, "/proc/self/fd/%d", s->fds[0]);
	s->fds[1] = (int)system_call(__NR_openat, AT_FDCWD, path,
				     O_RDWR | O_CLOEXEC, 0);
	EXPECT(s->fds[1] >= 0, "%s: error %d", path, -s->fds[1]);
}

static void flock_open(struct seat *s)
{
	long r;

	lock_files_open(s);
	r = system_call(__NR_flock, s->fds[0], LOCK_EX | LOCK_NB);
	EXPECT(r == 0 || !is_fresh(s), "flock gives %ld", r);
}

static long flock_call(struct seat *s)
{
	long r = system_call(__NR_flock, s->fds[1], LOCK_EX);

	return r == 0 ? s->value : r;
}

static void flock_feed(struct seat *s)
{
	EXPECT_0(system_call(__NR_flock, s->fds[0], LOCK_UN));
}

/* Record locks of open files, likewise. */
static long lock_record(int fd, int command, int type)
{
	struct flock whole = { .l_type = (short)type };

	return system_call(__NR_fcntl, fd, command, &whole);
}

static void record_open(struct seat *s)
{
	long r;

	lock_files_open(s);
	r = lock_record(s->fds[0], F_OFD_SETLK, F_WRLCK);
	EXPECT(r == 0 || !is_fresh(s), "fcntl gives %ld", r);
}

static long record_call(struct seat *s)
{
	long r = lock_record(s->fds[1], F_OFD_SETLKW, F_WRLCK);

	return r == 0 ? s->value : r;
}

static void record_feed(struct seat *s)
{
	EXPECT_0(lock_record(s->fds[0], F_OFD_SETLK, F_UNLCK));
}

/* ---- Futexes ------------------------------------------------------------- */

static long futex_call(struct seat *s)
{
	long r = system_call(__NR_futex, &s->word, FUTEX_WAIT_PRIVATE, 0, 0L);

	if (r < 0 && r != -EAGAIN)
		return r;
	return s->word ? s->word : -EIO;	/* who has woken it? */
}

static void futex_feed(struct seat *s)
{
	store(&s->word, s->value);
	system_call(__NR_futex, &s->word, FUTEX_WAKE_PRIVATE, 1);
}

static long futex_shared_call(struct seat *s)
{
	long r = system_call(__NR_futex, &s->word, FUTEX_WAIT, 0, 0L);

	if (r < 0 && r != -EAGAIN)
		return r;
	return s->word ? s->word : -EIO;
}

static void futex_shared_feed(struct seat *s)
{
	store(&s->word, s->value);
	system_call(__NR_futex, &s->word, FUTEX_WAKE, 1);
}

static void futex_open(struct seat *s)
{
	s->word = 0;
}

static void nothing(struct seat *s)
{
	(void)s;
}

/* ---- Message queues ------------------------------------------------------ */

/* One queue for the whole soak: the type of a message is that of one call. */
struct letter { long type; char value; };

static void message_open(struct seat *s)
{
	s->word = (int)add(&board->call_number, 1);
}

static long message_call(struct seat *s)
{
	struct letter letter;
	long r = system_call(__NR_msgrcv, board->queue, &letter, 1,
			     (long)s->word, 0);

	return r == 1 ? letter.value : r < 0 ? r : -EIO;
}

static void message_feed(struct seat *s)
{
	struct letter letter = { s->word, (char)s->value };

	EXPECT_0(system_call(__NR_msgsnd, board->queue, &letter, 1,
			     IPC_NOWAIT));
}

/* What came too late stays nobody's. */
static void message_close(struct seat *s)
{
	struct letter letter;

	while (system_call(__NR_msgrcv, board->queue, &letter, 1, (long)s->word,
			   IPC_NOWAIT) == 1)
		;
}

/* Two processes have one name if this thread has become a copy in between. */
static void mq_open(struct seat *s)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 1 };
	char name[64];

	format(name, sizeof name, "soak-%d-%d", board->queue,
	       add(&board->call_number, 1));
	s->fds[0] = (int)system_call(__NR_mq_open, name, O_RDWR | O_CREAT |
				     O_CLOEXEC, 0600, &attr);
	EXPECT(s->fds[0] >= 0, "mq_open gives %d", s->fds[0]);
	system_call(__NR_mq_unlink, name);
}

static long mq_call(struct seat *s)
{
	unsigned char value;
	long r = system_call(__NR_mq_timedreceive, s->fds[0], &value, 1, 0L,
			     0L);

	return r == 1 ? value : r < 0 ? r : -EIO;
}

static void mq_feed(struct seat *s)
{
	char value = (char)s->value;

	struct timespec past = { 0 };
	long r = system_call(__NR_mq_timedsend, s->fds[0], &value, 1, 0, &past);

	EXPECT(r == 0 || !is_fresh(s), "mq_timedsend gives %ld", r);
}

/* ---- Semaphores ---------------------------------------------------------- */

/* Of the one set each call takes the next; the first is never given. */
static void semaphore_open(struct seat *s)
{
	s->word = 1 + add(&board->semop_number, 1) % (SEMAPHORES - 1);
	EXPECT_0(system_call(__NR_semctl, board->semaphores, s->word, SETVAL,
			     0));
}

static long semaphore_call(struct seat *s)
{
	struct sembuf take = { (unsigned short)s->word, -1, 0 };
	long r = system_call(__NR_semop, board->semaphores, &take, 1);

	return r == 0 ? s->value : r;
}

static void semaphore_feed(struct seat *s)
{
	struct sembuf give = { (unsigned short)s->word, 1, 0 };

	EXPECT_0(system_call(__NR_semop, board->semaphores, &give, 1));
}

const struct kind object_kinds[] = {
	{ "accept", __NR_accept4, 1, listen_open, accept_call, connect_feed,
	  shut_one },
	{ "recv", __NR_recvfrom, 1, sockets_open, receive_call, pipe_feed,
	  shut_two },
	{ "flock", __NR_flock, 1, flock_open, flock_call, flock_feed,
	  shut_two },
	{ "fcntl", __NR_fcntl, 1, record_open, record_call, record_feed,
	  shut_two },
	{ "mq_timedreceive", __NR_mq_timedreceive, 1, mq_open, mq_call, mq_feed,
	  shut_one },
	{ "msgrcv", __NR_msgrcv, 0, message_open, message_call, message_feed,
	  message_close },
	{ "semop", -1, 0, semaphore_open, semaphore_call, semaphore_feed,
	  nothing },
	{ "futex", -1, 0, futex_open, futex_call, futex_feed, nothing },
	{ "futex (shared)", -1, 0, futex_open, futex_shared_call,
	  futex_shared_feed, nothing },
};

_Static_assert(sizeof object_kinds / sizeof *object_kinds == OBJECT_KINDS,
	       "a seat for each kind");
