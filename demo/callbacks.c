/* callbacks: a client and its server.  A connection cannot be restored from an
 * image, so the client takes leave before an image is taken, and connects again
 * afterwards: in the original, and in the process that is restarted later. */
#include "tools.h"
#include <asm/socket.h>
#include <linux/fcntl.h>
#include <linux/socket.h>
#include <linux/time.h>
#include <linux/un.h>

#define AF_UNIX        1		/* these are in no UAPI header */
#define SOCK_SEQPACKET 5
#define MSG_NOSIGNAL   0x4000
#define SOCK_CLOEXEC   O_CLOEXEC

#define SENDERS      2
#define TRANSACTIONS 60			/* of each sender */
#define PARTS        3			/* messages of a transaction */
#define ALL          (SENDERS * TRANSACTIONS * PARTS)
#define CONNECTION   100		/* the client's descriptor for it */
#define SILENCE      10			/* seconds; then a client is given up */

enum kind { HELLO, MESSAGE, GOODBYE };

struct message {
	int kind;
	int number;		/* of messages sent before it, by all senders */
	int sender, part;	/* MESSAGE: of which transaction, its place */
	int pid, tid;		/* of who sends it */
	int restarted;		/* HELLO: since the connection before */
};

static struct sockaddr_un address;

static _Noreturn void die(const char *what, long error)
{
	place_remove();
	process_exit(complain(what, error));
}

static void must(const char *what, long error)
{
	if (error < 0)
		die(what, error);
}

/* ---- The client ------------------------------------------------------ */

static struct mutex line;		/* the connection, and: */
static int sent;
static struct semaphore half;		/* a sender is half through */
static _Thread_local int cached_tid;	/* what asking costs a system call */

/* With the line held. */
static void send(int kind, int part, int restarted)
{
	struct message m = {
		kind, sent, thread_id(thread_self()), part,
		system_call(__NR_getpid), cached_tid, restarted
	};

	must("sendto", system_call(__NR_sendto, CONNECTION, &m, sizeof(m),
				   MSG_NOSIGNAL, 0L, 0));
}

static void connect(int restarted)
{
	int fd = system_call(__NR_socket, AF_UNIX, SOCK_SEQPACKET, 0);

	must("socket", fd);
	must("connect", system_call(__NR_connect, fd, &address,
				    sizeof(address)));
	must("dup3", system_call(__NR_dup3, fd, CONNECTION, 0));
	system_call(__NR_close, fd);
	send(HELLO, 0, restarted);
}

/* The callback of the process.  No transaction is open, for each is a critical
 * section.  New ones may begin as soon as the image has been taken, which is
 * before there is a connection: therefore the line is held until then. */
static void around_image(void *unused)
{
	int r;

	(void)unused;
	mutex_lock(&line);
	send(GOODBYE, 0, 0);
	checkpoint_close(CONNECTION);	/* the original keeps the number */
	r = checkpoint_proceed(CHECKPOINT_READY);
	cached_tid = thread_tid(thread_self());
	connect(r == 1);
	mutex_unlock(&line);
}

/* The callback of each sender, which has another tid in a restarted process. */
static void renew_tid(void *unused)
{
	(void)unused;
	checkpoint_proceed(CHECKPOINT_READY);
	cached_tid = thread_tid(thread_self());
}

/* Messages of the other sender may come in between. */
static void send_transaction(void)
{
	critical_enter();
	for (int part = 0; part < PARTS; part++) {
		mutex_lock(&line);
		send(MESSAGE, part, 0);
		sent++;
		mutex_unlock(&line);
		sleep_for(500000);
	}
	critical_leave();
}

static void *run_sender(void *unused)
{
	struct callback renew = { .function = renew_tid };

	cached_tid = thread_tid(thread_self());
	must("callback_add", callback_add(&renew, CALLBACK_THREAD));
	for (int i = 0; i < TRANSACTIONS; i++) {
		send_transaction();
		if (i == TRANSACTIONS / 2)
			semaphore_post(&half);
	}
	callback_remove(&renew);
	return unused;
}

/* The process that is restarted begins where checkpoint() returns 1. */
static _Noreturn void run_client(int server, const char *image)
{
	static struct callback around = { .function = around_image };
	struct thread *senders[SENDERS];

	system_call(__NR_close, server);
	cached_tid = thread_tid(thread_self());
	connect(0);
	must("callback_add", callback_add(&around, CALLBACK_PROCESS));
	for (int i = 0; i < SENDERS; i++)
		must("thread_create", thread_create(&senders[i], NULL,
						    run_sender, NULL));
	semaphore_wait(&half);
	must("checkpoint", checkpoint(image));
	for (int i = 0; i < SENDERS; i++)
		thread_join(senders[i], NULL);
	send(GOODBYE, 0, 0);
	process_exit(0);
}

/* ---- The server ------------------------------------------------------ */

static int wrong;			/* what has been found */

static void expect(int good, const char *what)
{
	if (!good)
		print("wrong: %s\n", what);
	wrong += !good;
}

/* An answer that does not come is an error. */
static void set_patience(int fd)
{
	struct __kernel_old_timeval time = { SILENCE, 0 };

	must("setsockopt", system_call(__NR_setsockopt, fd, SOL_SOCKET,
				       SO_RCVTIMEO, &time, sizeof(time)));
}

static struct message receive(int fd)
{
	struct message m;
	long n = system_call(__NR_recvfrom, fd, &m, sizeof(m), 0, 0L, 0L);

	if (n != sizeof(m))
		die("client", n < 0 ? n : -ECONNRESET);
	return m;
}

/* One connection, from hello to goodbye; number is the first message that has
 * not been sent before.  Returns the same for the connection that follows. */
static int serve(int server, int number, int restarted)
{
	int fd = system_call(__NR_accept4, server, 0L, 0L, SOCK_CLOEXEC);
	int next[1 + SENDERS] = { 0 }, open = 0;
	struct message m;

	must("accept", fd);
	set_patience(fd);
	m = receive(fd);
	print("client %d%s: hello, message %d comes next\n", m.pid,
	      m.restarted ? ", restarted" : "", m.number);
	expect(m.kind == HELLO && m.number == number, "lost or doubled");
	expect(m.restarted == restarted, "who is it?");
	for (m = receive(fd); m.kind == MESSAGE; m = receive(fd)) {
		expect(m.number == number++, "lost or doubled");
		expect(m.part == next[m.sender], "another transaction");
		expect(system_call(__NR_tgkill, m.pid, m.tid, 0) == 0,
		       "no such thread");
		next[m.sender] = (m.part + 1) % PARTS;
	}
	for (int i = 1; i <= SENDERS; i++)
		open += next[i] != 0;
	print("client %d: goodbye after message %d, open transactions: %d\n",
	      m.pid, m.number - 1, open);
	expect(m.number == number && open == 0, "cut in two");
	system_call(__NR_close, fd);
	return number;
}

/* The name is abstract: it is in no directory, and ends with the server. */
static int open_server(void)
{
	int fd = system_call(__NR_socket, AF_UNIX,
			     SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	must("socket", fd);
	address.sun_family = AF_UNIX;
	format(address.sun_path + 1, sizeof(address.sun_path) - 1,
	       "forkall-callbacks-%d", (int)system_call(__NR_getpid));
	must("bind", system_call(__NR_bind, fd, &address, sizeof(address)));
	must("listen", system_call(__NR_listen, fd, 1));
	set_patience(fd);
	return fd;
}

int main(int argc, char **argv, char **envp)
{
	char image[PATH_ROOM + 16], *restart[] = { tool_restart, image, NULL };
	int server, pid, half_way;

	if (argc > 1) {
		eprint("callbacks: %s: no argument is expected\n", argv[1]);
		return 2;
	}
	if (tools_begin("callbacks", NULL, envp))
		return 1;
	format(image, sizeof(image), "%s/image", place);
	server = open_server();
	pid = child_start();
	if (pid == 0)
		run_client(server, image);
	must("fork1", pid);
	half_way = serve(server, 0, 0);
	expect(serve(server, half_way, 0) == ALL, "not all messages");
	expect(child_wait(pid) == 0, "the client has failed");
	print("restart %s\n", image);
	pid = program_start(restart, envp, NULL);
	must("restart", pid);
	expect(serve(server, half_way, 1) == ALL, "not all messages");
	expect(child_wait(pid) == 0, "the restarted client has failed");
	place_remove();
	if (!wrong)
		print("right: %d messages of the original, %d of the restarted "
		      "one, each once\n", ALL, ALL - half_way);
	return wrong != 0;
}
