/* What the compiler calls behind the program's back.  volatile keeps it from
 * recognising these very loops and calling the functions from themselves. */
#include "forkall.h"

/* A word at any address, of memory of any type. */
typedef unsigned long __attribute__((aligned(1), may_alias)) word;

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	volatile unsigned char *d = to;
	const unsigned char *s = from;

	for (; n >= sizeof(word); n -= sizeof(word)) {
		*(volatile word *)d = *(const word *)s;
		d += sizeof(word);
		s += sizeof(word);
	}
	while (n--)
		*d++ = *s++;
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	volatile unsigned char *d = to;
	const unsigned char *s = from;

	if (d <= s)
		return memcpy(to, from, n);
	while (n--)
		d[n] = s[n];
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	volatile unsigned char *d = to;
	unsigned long bytes = (unsigned char)byte * (~0UL / 255);

	for (; n >= sizeof(word); n -= sizeof(word)) {
		*(volatile word *)d = bytes;
		d += sizeof(word);
	}
	while (n--)
		*d++ = (unsigned char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const volatile unsigned char *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	const volatile char *p = s;

	while (*p)
		p++;
	return (size_t)(p - s);
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (unsigned char)*a - (unsigned char)*b;
}
