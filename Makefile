# forkall: `make` builds the library, `make demo` the demonstrations, `make test`
# tests everything, `make bench` measures, `make mutate` tests the tests.
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
	-fno-stack-protector $(ARCH_CFLAGS) -Icore -Iarch/$(ARCH) -Itests
LINK = $(CC) $(CFLAGS) -nostdlib -static $(LDFLAGS) \
	$(filter %.c %.o %.a,$^) -o $@

CORE = start string print thread mutex sync call system_call signal \
	synccall repair respawn forkall snapshot
LIB = $(B)/libforkall.a
# Whatever is compiled with other flags than last time is compiled anew.
HEADERS = $(B)/flags $(wildcard core/*.h arch/$(ARCH)/*.h tests/*.h demo/*.h)

lib: $(LIB)

$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(CFLAGS)' >$@
FORCE:

$(LIB): $(CORE:%=$(B)/core/%.o) $(B)/arch.o
	$(Q)rm -f $@; ar rcs $@ $^

$(B)/arch.o $(B)/context_test.o: $(B)/%.o: arch/$(ARCH)/%.S $(HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

$(B)/%.o: %.c $(HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

# ---- Demonstrations: demo/NAME, and in build/ a listing of each ------------

DEMOS = demo anywhere locks synccall
DEMO = demo file job note options picture screen supervise

demo-programs: $(DEMOS:%=$(B)/demo/%)

demo: demo-programs $(DEMOS:%=$(B)/demo/%.asm)
	@for d in $(DEMOS); do ln -sf ../$(B)/demo/$$d demo/$$d; done

$(B)/demo/demo: $(DEMO:%=$(B)/demo/%.o) $(LIB)
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

tests: $(TESTS) $(B)/tests/init $(if $(wildcard tests/bench.c),$(B)/tests/bench)

$(B)/tests/41-context: $(B)/context_test.o

$(B)/tests/init: tests/vm/init.c $(LIB) $(HEADERS)
	@mkdir -p $(@D)
	$(Q)$(LINK)

$(B)/tests/bench: $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench*.c)) $(LIB)
	$(Q)$(LINK)

$(B)/tests/%: tests/%.c $(B)/tests/test.o $(LIB) $(HEADERS)
	@mkdir -p $(@D)
	$(Q)$(LINK)

$(B)/tests/%: tests/$(ARCH)/%.c $(B)/tests/test.o $(LIB) $(HEADERS)
	@mkdir -p $(@D)
	$(Q)$(LINK)

test:
	@tests/all

bench: $(B)/tests/bench
	$(RUN) $<

mutate:
	@tests/mutate

print-arch:
	@echo $(ARCH)

clean:
	rm -rf build/x86_64 build/aarch64 build/check $(DEMOS:%=demo/%)

.PHONY: FORCE lib demo demo-programs tests test bench mutate print-arch clean
.SECONDARY:
