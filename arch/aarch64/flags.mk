# The out-of-line atomics live in a library that is not linked.
ARCH_CFLAGS = -mno-outline-atomics
