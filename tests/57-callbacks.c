/* Case 57: callbacks of the process: the latest is called first, and its
 * checkpoint_proceed() calls the one before.  What each of them may say, and who
 * learns of it; and what cannot be asked. */
#include "../core/checkpoint.h"
#include "test.h"

static struct part {
	struct callback callback;
	int flags;			/* what it says; SILENT: nothing */
	int got;			/* and what it hears */
	char name;
} parts[3];

#define SILENT 1000000
#define NOTHING 77

static char order[64];
static int at, taken, middle;

static void note(char c)
{
	order[at++] = c;
	order[at] = 0;
}

static void call(void *argument)
{
	struct part *p = argument;

	note(p->name);
	CHECK_EQUAL(checkpoint_proceed(4), -EINVAL);
	CHECK_EQUAL(checkpoint_proceed(-1), -EINVAL);
	CHECK_EQUAL(checkpoint_proceed(CHECKPOINT_ERROR(5)), -EINVAL);
	CHECK_EQUAL(checkpoint_proceed(CHECKPOINT_ERROR(4096) |
				       CHECKPOINT_PERMANENT), -EINVAL);
	CHECK_EQUAL(callback_remove(&p->callback), -EBUSY);
	CHECK_EQUAL(callback_add(&p->callback, CALLBACK_PROCESS), -EEXIST);
	if (p->flags == SILENT)
		return;
	p->got = checkpoint_proceed(p->flags);
	CHECK_EQUAL(checkpoint_proceed(CHECKPOINT_READY), -EALREADY);
	CHECK_EQUAL(checkpoint_close(p - parts), 0);
	note(p->name - 'a' + 'A');
}

static int take(void)
{
	note('.');
	taken++;
	return middle;
}

/* One request, with what each says; got is what each hears. */
static void request(const int flags[3], int result, const char *expected,
		    const int got[3])
{
	at = 0;
	for (int i = 0; i < 3; i++) {
		parts[i].flags = flags[i];
		parts[i].got = NOTHING;
	}
	CHECK_EQUAL(callbacks_run(take), result);
	if (strcmp(order, expected) != 0) {
		eprint("%s, not %s\n", order, expected);
		process_exit(FAILED);
	}
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(parts[i].got, got[i]);
}

#define THREE(a, b, c) ((const int[3]){ a, b, c })

static void say(int flags, int own, int others)
{
	const int refused = flags != CHECKPOINT_READY;

	request(THREE(0, flags, 0), others, refused ? "cbBC" : "cba.ABC",
		THREE(refused ? NOTHING : own, own, others));
	CHECK_EQUAL(callbacks_refused(), refused);
}

int main(void)
{
	for (int i = 0; i < 3; i++) {
		parts[i].callback.function = call;
		parts[i].callback.argument = &parts[i];
		parts[i].name = (char)('a' + i);
		CHECK_EQUAL(callback_add(&parts[i].callback, CALLBACK_PROCESS),
			    0);
	}
	for (middle = 0; middle < 2; middle++)
		say(CHECKPOINT_READY, middle, middle);
	middle = -ENOSPC;
	say(CHECKPOINT_READY, middle, middle);
	taken = 0;
	say(CHECKPOINT_OMIT, 0, -ENODATA);
	say(CHECKPOINT_TEMPORARY, -EAGAIN, -EAGAIN);
	say(CHECKPOINT_PERMANENT, -ECANCELED, -ECANCELED);
	say(CHECKPOINT_PERMANENT | CHECKPOINT_ERROR(5), -5, -5);
	say(CHECKPOINT_PERMANENT | CHECKPOINT_ERROR(4095), -4095, -4095);
	CHECK_EQUAL(taken, 0);

	middle = 1;
	request(THREE(0, SILENT, 0), 1, "cba.AC", THREE(1, NOTHING, 1));
	CHECK_EQUAL(callbacks_refused(), 0);
	request(THREE(CHECKPOINT_TEMPORARY, SILENT, 0), -EAGAIN, "cbaAC",
		THREE(-EAGAIN, NOTHING, -EAGAIN));
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(callbacks_close(i), i != 1);

	CHECK_EQUAL(callback_remove(&parts[1].callback), 0);
	CHECK_EQUAL(callback_remove(&parts[1].callback), -ENOENT);
	request(THREE(0, 0, 0), 1, "ca.AC", THREE(1, NOTHING, 1));
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(callbacks_close(i), i != 1);
	CHECK_EQUAL(callback_remove(&parts[0].callback), 0);
	CHECK_EQUAL(callback_remove(&parts[2].callback), 0);
	request(THREE(0, 0, 0), 1, ".", THREE(NOTHING, NOTHING, NOTHING));
	CHECK_EQUAL(callbacks_close(0), 0);

	CHECK_EQUAL(checkpoint_proceed(CHECKPOINT_READY), -EPERM);
	CHECK_EQUAL(checkpoint_close(0), -EPERM);
	CHECK_EQUAL(callback_add(NULL, CALLBACK_PROCESS), -EINVAL);
	CHECK_EQUAL(callback_add(&(struct callback){ 0 }, 0), -EINVAL);
	CHECK_EQUAL(callback_add(&parts[0].callback, 2), -EINVAL);
	CHECK_EQUAL(callback_remove(NULL), -EINVAL);
	return 0;
}
