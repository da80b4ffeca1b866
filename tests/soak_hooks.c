/* What runs around copies: hooks around forkall(), and a callback around
 * images.  Each half is called once, in the thread that asks, in whichever
 * process that finds itself afterwards. */
#include "soak.h"

static _Thread_local struct hooked seen;
static _Thread_local int proceeded;

static void prepare(void)
{
	seen.prepared++;
}

static void in_original(void)
{
	seen.in_original++;
}

static void in_copy(void)
{
	seen.in_copy++;
}

static void around(void *unused)
{
	(void)unused;
	seen.called++;
	proceeded = checkpoint_proceed(CHECKPOINT_READY);
	seen.returned++;
}

void hooks_begin(void)
{
	static struct fork_hooks hooks = { prepare, in_original, in_copy,
					   NULL, NULL };
	static struct callback callback = { around, NULL, NULL };

	EXPECT_0(fork_hooks_add(&hooks));
	EXPECT_0(callback_add(&callback, CALLBACK_PROCESS));
}

struct hooked hooks_now(void)
{
	return seen;
}

void hooks_check(const struct hooked *before, int result)
{
	unsigned long original = seen.in_original - before->in_original;
	unsigned long copy = seen.in_copy - before->in_copy;

	EXPECT(seen.prepared == before->prepared + 1 &&
	       original == (result != 0) && copy == (result == 0),
	       "around forkall, which gives %d, %lu hooks before, %lu and %lu"
	       " after", result, seen.prepared - before->prepared, original,
	       copy);
}

/* A copy of who asks gets an error, and a request can fail before. */
void callback_check(const struct hooked *before, int result)
{
	unsigned long called = seen.called - before->called;

	EXPECT(seen.returned - before->returned == called &&
	       called <= 1 && (called == 1 || result < 0),
	       "around checkpoint, which gives %d, %lu calls, %lu returns",
	       result, called, seen.returned - before->returned);
	EXPECT(result < 0 || proceeded == result,
	       "checkpoint gives %d, checkpoint_proceed %d", result, proceeded);
}
