# The out-of-line atomics live in a library that is not linked.
# Return addresses that one execve has signed, are worth nothing after a restart.
ARCH_CFLAGS = -mno-outline-atomics -mbranch-protection=none
