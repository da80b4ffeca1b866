# forkall.  `make demo`, `make test`, `make bench`, `make mutate`, `make clean`.
# The knobs: CC= (a compiler; its target chooses the architecture), ARCH= and
# RUN= (a command to run programs of another architecture with).

CC = gcc
ARCH = $(firstword $(subst -, ,$(TARGET)))
TARGET := $(shell $(CC) -dumpmachine)
RUN =
O = -O2
B = build/$(ARCH)

include arch/$(ARCH)/flags.mk
CFLAGS = -std=gnu11 $(O) -g -Wall -Wextra -Werror -ffreestanding -nostdlib \
	-static -fno-pie -no-pie -fno-stack-protector $(ARCH_CFLAGS) \
	-Icore -Iarch/$(ARCH)

CORE = start string print thread mutex sync call system_call signal \
	synccall repair respawn forkall snapshot
LIB = $(B)/libforkall.a
HEADERS = $(wildcard core/*.h arch/$(ARCH)/*.h tests/*.h demo/*.h)

all: $(LIB)

$(LIB): $(CORE:%=$(B)/core/%.o) $(B)/arch.o
	rm -f $@
	ar rcs $@ $^

$(B)/core/%.o: core/%.c $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c $< -o $@

$(B)/arch.o: arch/$(ARCH)/arch.S arch/$(ARCH)/arch.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c $< -o $@

# A test of one architecture's own is named tests/ARCH/*.
TESTS = $(patsubst %.c,$(B)/%,$(wildcard tests/[0-9]*.c))

$(B)/tests/test.o: tests/test.c $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c $< -o $@

$(B)/tests/%: tests/%.c $(B)/tests/test.o $(LIB) $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $< $(B)/tests/test.o $(LIB) -o $@

$(B)/tests/init: tests/vm/init.c $(LIB) $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $< $(LIB) -o $@

tests: $(TESTS) $(B)/tests/init

clean:
	rm -rf build/x86_64 build/aarch64

.PHONY: all clean tests
