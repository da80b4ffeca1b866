/* Writes what the fuzzer starts from: make_corpus DIRECTORY. */
#include "synthetic.h"
#include <stdio.h>

static const struct {
	const char *name;
	struct synthetic_shape shape;
} seeds[] = {
	{ "minimal", { .segments = 1, .threads = 1 } },
	{ "files", { .segments = 2, .threads = 1, .files = 7, .pipes = 3 } },
	{ "usual", { .segments = 3, .contents = 2, .threads = 2, .files = 5,
		     .pipes = 2 } },
};

static int make(const char *directory, int i)
{
	static unsigned char bytes[1 << 20];
	struct synthetic s;
	char path[4096];
	FILE *file;
	int bad;

	__builtin_memset(bytes, 0, sizeof bytes);
	synthetic_build(&s, bytes, &seeds[i].shape);
	snprintf(path, sizeof path, "%s/%s", directory, seeds[i].name);
	file = fopen(path, "w");
	if (!file) {
		perror(path);
		return 1;
	}
	bad = fwrite(bytes, 1, s.size, file) != s.size;
	if (fclose(file) || bad)
		perror(path), bad = 1;
	return bad;
}

int main(int argc, char **argv)
{
	int bad = argc != 2;

	for (int i = 0; !bad && i < (int)(sizeof seeds / sizeof *seeds); i++)
		bad = make(argv[1], i);
	return bad;
}
