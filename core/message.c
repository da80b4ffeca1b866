/* What the tool restart says: one line per reason, in words. */
#include "restart.h"

char line[LINE_SIZE];

/* Names in an image are anybody's: a line stays one line. */
static void make_harmless(char *text, int length)
{
	for (int i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
}

int put_line(int fd, int length)
{
	long n;

	make_harmless(line, length - 1);
	line[length - 1] = '\n';	/* it may have been cut */
	for (int done = 0; done < length; done += (int)n) {
		n = sys(write, fd, line + done, length - done);
		if (n == -EINTR)
			n = 0;
		if (n < 0)
			return (int)n;
	}
	return 0;
}
