# What the compiler must know of x86-64: nothing, the baseline will do.
ARCH_CFLAGS =
