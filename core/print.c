/* Formatted output: the few conversions that the demos and tests need, with one
 * write per call so that the lines of concurrent threads do not mix. */
#include "thread.h"
#include <stdarg.h>

struct out {
	char *buffer;
	size_t size, length;		/* length: written, always below size */
};

static void put(struct out *o, char c)
{
	if (o->length + 1 < o->size)
		o->buffer[o->length++] = c;
}

/* width < 0: to the left. */
static void put_padded(struct out *o, const char *s, int n, int width, char pad)
{
	for (int i = n; i < width; i++)
		put(o, pad);
	for (int i = 0; i < n; i++)
		put(o, s[i]);
	for (int i = n; i < -width; i++)
		put(o, ' ');
}

static void put_number(struct out *o, unsigned long n, unsigned base,
		       int negative, int width, char pad)
{
	char digits[24];
	int at = sizeof digits;

	do
		digits[--at] = "0123456789abcdef"[n % base];
	while (n /= base);
	if (negative && pad == '0' && width > 0) {
		put(o, '-');
		width--;
	} else if (negative) {
		digits[--at] = '-';
	}
	put_padded(o, digits + at, (int)sizeof digits - at, width, pad);
}

/* One conversion; f is behind the %.  Returns the place behind it. */
static const char *convert(struct out *o, const char *f, va_list *arguments)
{
	int left = 0, width = 0, is_long = 0;
	char pad = ' ', c;
	const char *s;
	long n;

	for (; *f == '-' || *f == '0'; f++)
		*f == '-' ? (left = 1) : (pad = '0');
	if (*f == '*' && f++)
		width = va_arg(*arguments, int);
	for (; *f >= '0' && *f <= '9'; f++)
		width = width * 10 + (*f - '0');
	width = left ? -width : width;
	for (; *f == 'l' || *f == 'z'; f++)
		is_long = 1;
	switch (*f) {
	case 'd':
		n = is_long ? va_arg(*arguments, long) : va_arg(*arguments, int);
		put_number(o, n < 0 ? -(unsigned long)n : (unsigned long)n, 10,
			   n < 0, width, pad);
		break;
	case 'u':
	case 'x':
		put_number(o, is_long ? va_arg(*arguments, unsigned long)
				      : va_arg(*arguments, unsigned),
			   *f == 'u' ? 10 : 16, 0, width, pad);
		break;
	case 'p':
		put_padded(o, "0x", 2, 0, ' ');
		put_number(o, (unsigned long)va_arg(*arguments, void *), 16, 0,
			   0, ' ');
		break;
	case 's':
		s = va_arg(*arguments, const char *);
		s = s ? s : "(null)";
		put_padded(o, s, (int)strlen(s), width, ' ');
		break;
	case 'c':
		c = (char)va_arg(*arguments, int);
		put_padded(o, &c, 1, width, ' ');
		break;
	case 0:
		return f;
	default:
		put(o, *f);
	}
	return f + 1;
}

static int format_list(char *buffer, size_t size, const char *f,
		       va_list *arguments)
{
	struct out o = { buffer, size, 0 };

	while (*f) {
		if (*f == '%')
			f = convert(&o, f + 1, arguments);
		else
			put(&o, *f++);
	}
	if (size)
		buffer[o.length] = 0;
	return (int)o.length;
}

int format(char *buffer, size_t size, const char *f, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, f);
	n = format_list(buffer, size, f, &arguments);
	va_end(arguments);
	return n;
}

static int print_list(int fd, const char *f, va_list *arguments)
{
	char line[1024];
	long length = format_list(line, sizeof line, f, arguments), n;

	for (long done = 0; done < length; done += n == -EINTR ? 0 : n) {
		n = system_call(__NR_write, fd, line + done, length - done);
		if (n < 0 && n != -EINTR)
			return (int)n;
	}
	return (int)length;
}

int print(const char *f, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, f);
	n = print_list(1, f, &arguments);
	va_end(arguments);
	return n;
}

int eprint(const char *f, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, f);
	n = print_list(2, f, &arguments);
	va_end(arguments);
	return n;
}
