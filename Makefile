# forkall: `make` builds the library, `make demo` the demonstrations, `make test`
# tests everything, `make soak` all of it at once for a time, `make bench`
# measures, `make mutate` tests the tests, `make gdb PROGRAM=demo/anywhere` starts
# GDB with the commands of gdb/.
# Knobs: CC= (its target chooses the architecture), O= (-O2), RUN= (what runs
# programs of another architecture), V=1 (shows the commands).

CC = gcc
TARGET := $(shell $(CC) -dumpmachine)
ARCH = $(firstword $(subst -, ,$(TARGET)))
O = -O2
B = build/$(ARCH)
RUN =
Q = $(if $(V),,@echo '  $@';)

ifeq ($(wildcard arch/$(ARCH)/flags.mk),)
$(error CC=$(CC): no such compiler, or no architecture of ours)
endif
include arch/$(ARCH)/flags.mk
CFLAGS = -std=gnu11 $(O) -g -Wall -Wextra -Werror -ffreestanding -fno-pie \
	-fno-stack-protector $(ARCH_CFLAGS) -Icore -Iarch/$(ARCH) -Itests \
	-Itests/$(ARCH)
LINK = $(CC) $(CFLAGS) -nostdlib -static $(LDFLAGS) \
	$(filter %.c %.o %.a,$^) -o $@

CORE = start string print thread mutex sync call system_call signal \
	synccall critical callback repair respawn forkall snapshot debugger \
	crc32c checkpoint buffer files mappings describe contents writer restarted request
ASSEMBLY = arch image
LIB = $(B)/libforkall.a
# Whatever is compiled with other flags than last time is compiled anew.
HEADERS = $(B)/flags $(wildcard core/*.h arch/$(ARCH)/*.h tests/*.h tests/$(ARCH)/*.h demo/*.h)

all: lib tools

lib: $(LIB)

$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(CFLAGS)' >$@
FORCE:

$(LIB): $(CORE:%=$(B)/core/%.o) $(ASSEMBLY:%=$(B)/%.o)
	$(Q)rm -f $@; ar rcs $@ $^

$(ASSEMBLY:%=$(B)/%.o) $(B)/context_test.o: $(B)/%.o: arch/$(ARCH)/%.S $(HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

$(B)/%.o: %.c $(HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

# ---- Tools: ckpt, an ordinary program; and restart, far from the memory of any
# image, and position-independent because such addresses do not fit into 32 bits.

RESTART = restart options message error image image_check reopen restore info symbol
RESTART_AT = 0x1000000000
TEXT_AT = $(if $(findstring lld,$(LDFLAGS)),--image-base,-Ttext-segment)

tools: $(B)/restart $(B)/ckpt

$(B)/restart: $(RESTART:%=core/%.c) $(CORE:%=core/%.c) \
		$(ASSEMBLY:%=arch/$(ARCH)/%.S) $(B)/syscall_names.h $(HEADERS)
	$(Q)$(CC) $(CFLAGS) -fpie -I$(B) -nostdlib -static $(LDFLAGS) \
		-Wl,--no-relax,$(TEXT_AT)=$(RESTART_AT) $(filter %.c %.S,$^) -o $@

$(B)/syscall_names.h: $(B)/flags
	$(Q)echo '#include <asm/unistd.h>' | $(CC) $(CFLAGS) -E -dM - | \
		sed -n '/NR_syscalls/d; /NR_arch_specific/d; s/^#define __NR_\([a-z]\w*\) .*/[__NR_\1] = "\1",/p' >$@

$(B)/ckpt: core/ckpt.c core/enabled.c core/error.c $(LIB) $(HEADERS)
	$(Q)$(LINK)

# ---- Demonstrations: demo/NAME, and in build/ a listing of each ------------

DEMOS = demo anywhere locks synccall tofile callbacks
DEMO = demo file job note options picture screen supervise

demo-programs: $(DEMOS:%=$(B)/demo/%) tools

demo: demo-programs $(DEMOS:%=$(B)/demo/%.asm)
	@for d in $(DEMOS); do ln -sf ../$(B)/demo/$$d demo/$$d; done

$(B)/demo/demo: $(DEMO:%=$(B)/demo/%.o) $(LIB)
	$(Q)$(LINK)

$(B)/demo/tofile: $(patsubst %,$(B)/demo/%.o,tofile longjob tools) $(LIB)
	$(Q)$(LINK)

$(B)/demo/callbacks: $(B)/demo/callbacks.o $(B)/demo/tools.o $(LIB)
	$(Q)$(LINK)

$(B)/demo/%: demo/%.c $(LIB) $(HEADERS)
	@mkdir -p $(@D)
	$(Q)$(LINK)

%.asm: %
	$(Q)$(OBJDUMP) -S $< > $@

OBJDUMP = $(shell which $(ARCH)-linux-gnu-objdump objdump | head -n 1)

# ---- Tests: tests/NN-*.c for case NN, tests/ARCH/ for one architecture -------

TESTS = $(patsubst %.c,$(B)/tests/%,$(notdir \
	$(wildcard tests/[0-9]*.c tests/$(ARCH)/[0-9]*.c)))

tests: tools $(TESTS) $(B)/tests/init $(if $(wildcard tests/bench.c),$(B)/tests/bench) \
	$(B)/tests/soak

$(B)/tests/41-context: $(B)/context_test.o
$(B)/tests/59-image: $(B)/core/image.o $(B)/core/image_check.o

# What tests/check-gdb-image and tests/check-hostile make images of.
$(B)/tests/image_program: $(B)/tests/image_vectors.o

# What tests/check-gdb-* debug.
tests: $(B)/tests/gdb_crew $(B)/tests/gdb_program $(B)/tests/image_program

$(B)/tests/image_vectors.o: tests/$(ARCH)/image_vectors.S $(HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

$(B)/tests/init: tests/vm/init.c $(LIB) $(HEADERS)
	@mkdir -p $(@D)
	$(Q)$(LINK)

$(B)/tests/bench: $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench*.c)) $(LIB)
	$(Q)$(LINK)

$(B)/tests/soak: $(patsubst %.c,$(B)/%.o,$(wildcard tests/soak*.c)) \
		$(B)/tests/test.o $(LIB)
	$(Q)$(LINK)

$(B)/tests/%: tests/%.c $(B)/tests/test.o $(LIB) $(HEADERS)
	@mkdir -p $(@D)
	$(Q)$(LINK)

$(B)/tests/%: tests/$(ARCH)/%.c $(B)/tests/test.o $(LIB) $(HEADERS)
	@mkdir -p $(@D)
	$(Q)$(LINK)

test:
	@tests/all

bench: $(B)/tests/bench tools
	$(RUN) $< --directory $(B) --svg $(B)/bench.svg

# SECONDS=60 SEED=n
soak: $(B)/tests/soak tools
	$(RUN) $< $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED))

mutate:
	@tests/mutate

GDB = gdb
PROGRAM = demo/anywhere

gdb: all demo
	$(GDB) -x gdb/forkall.py $(PROGRAM)

# For longer than `make test` does, and keeps what is found.
fuzz: SECONDS = 3600
fuzz:
	@FUZZ_SECONDS=$(SECONDS) tests/check-fuzz --keep

print-arch:
	@echo $(ARCH)

clean:
	rm -rf build/x86_64 build/aarch64 build/check $(DEMOS:%=demo/%)

.PHONY: FORCE all lib tools demo demo-programs tests test bench soak mutate fuzz \
	gdb print-arch clean
.SECONDARY:
