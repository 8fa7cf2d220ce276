# wafer. `make help` lists the targets.
#
#   O=DIR    build in DIR instead of build/
#   SAN=1    build with AddressSanitizer and UBSan, in $(O)/san
#   V=1      show the commands
#   KNOBS=   sizes of include/wafer/config.h, e.g. KNOBS=-DWAFER_TLS_BUFFER=2048
#   BOARD=x  a bare-metal board instead: boards.mk

ifdef BOARD
include boards.mk
else

MAKEFLAGS += --no-builtin-rules
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif

O       ?= build
THIRD   ?= build/third-party
PREFIX  ?= /usr/local
FUZZ_TIME ?= 60
VARIANT ?= $(if $(SAN),san,host)

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin AR),default)
AR := ar
endif

# --- what each variant is built with -------------------------------------------------

WARN  := -Wall -Wextra -Wconversion -Wshadow
COMMON := -std=c99 $(WARN) -ffunction-sections -fdata-sections

B_host      := $(O)
OPT_host    := -Os -g
LDFLAGS_host := -Wl,--gc-sections

B_san       := $(O)/san
OPT_san     := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS_san := $(OPT_san)

# Small before fast: one implementation for both curves, 8 kB less for 11 ms a certificate.
B_static    := $(O)/static
CC_static   := musl-gcc
AR_static   := gcc-ar
OPT_static  := -Oz -flto -flto-partition=one -malign-data=abi -fno-pie -fno-asynchronous-unwind-tables \
	-fno-unwind-tables -fno-stack-protector -DWAFER_EC_PRIVATE=br_ec_prime_i31
LDFLAGS_static := $(OPT_static) -static -no-pie -s -Wl,-O2,--gc-sections,--build-id=none \
	-Wl,-z,norelro,-z,noseparate-code

B_fuzz      := $(O)/fuzz
CC_fuzz     := clang
OPT_fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LDFLAGS_fuzz := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

B_cortex-m3   := $(O)/cortex-m3
CC_cortex-m3  := arm-none-eabi-gcc
AR_cortex-m3  := arm-none-eabi-ar
OPT_cortex-m3 := -Os -mcpu=cortex-m3 -mthumb

B_stack     := $(O)/stack
CC_stack    := $(CC_cortex-m3)
AR_stack    := $(AR_cortex-m3)
OPT_stack   := $(OPT_cortex-m3) -fcallgraph-info=su

# Only compiled, never linked: are gcc and clang content?
B_warn      := $(O)/warn-$(notdir $(CC))
OPT_warn    := -O2 -Werror

B  := $(B_$(VARIANT))
ifdef CC_$(VARIANT)
CC := $(CC_$(VARIANT))
endif
ifdef AR_$(VARIANT)
AR := $(AR_$(VARIANT))
endif
OPT := $(OPT_$(VARIANT))

# The newest commit's time is the build time, so that the same source gives the same binary.
BUILD_TIME := $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null))
DEFINES := $(if $(BUILD_TIME),-DWAFER_BUILD_TIME=$(BUILD_TIME)) $(KNOBS)

BEARSSL := $(THIRD)/bearssl
JSMN    := $(THIRD)/jsmn
LWIP    := $(THIRD)/lwip/src
INIH    := $(THIRD)/libinih
# BearSSL reads words from odd addresses where the processor allows it; UBSan would object.
BEARSSL_san := -DBR_LE_UNALIGNED=0 -DBR_BE_UNALIGNED=0
BEARSSL_fuzz := $(BEARSSL_san)
BEARSSL_FLAGS := -Os -ffunction-sections -fdata-sections -w \
	-DBR_USE_URANDOM=0 -DBR_USE_UNIX_TIME=0 -DBR_USE_WIN32_RAND=0 $(BEARSSL_$(VARIANT))
# One variant locks lwIP's core, the other sends its thread messages.
LWIP_san := -DLWIP_TCPIP_CORE_LOCKING=0
INIH_FLAGS := -DINI_USE_STACK=1 -DINI_STOP_ON_FIRST_ERROR=1

# The library sees its headers and BearSSL's; ports, boards and the command see
# include/ only; tests see all.
INC         := -Iinclude -isystem $(BEARSSL)/inc
INC_src     := -Isrc -isystem $(JSMN)
INC_port    := -Iport/sockets -Iport/posix
INC_boards  :=
INC_tools   := -Iport/posix -Iboards/linux -isystem $(INIH)
INC_tests   := -Isrc -Itests -Itests/emu -Iport/posix -Iboards/linux -isystem $(JSMN)
POSIX       := -D_POSIX_C_SOURCE=200809L
DEF_port    := $(POSIX)
DEF_boards  := $(POSIX)
DEF_tools   := $(POSIX)
DEF_tests   := $(POSIX)

# --- sources -------------------------------------------------------------------------

SRC      := $(sort $(wildcard src/*.c))
POSIX_SRC := $(sort $(wildcard port/posix/*.c port/sockets/*.c boards/linux/*.c))
CMD_SRC  := $(sort $(wildcard tools/wafer/*.c))
EMU_SRC  := $(sort $(wildcard tests/emu/*.c))
LWIP_PORT := $(sort $(wildcard port/sockets/*.c port/lwip-sockets/*.c))
LWIP_SRC := $(LWIP_PORT) $(addprefix tests/lwip/,name_server.c stack.c sys_arch.c user_network.c)
LWIP_TEST := tests/unit/test_port_lwip_sockets.c
RAW_TEST := tests/unit/test_port_lwip.c
UNIT     := $(filter-out $(LWIP_TEST) $(RAW_TEST),$(sort $(wildcard tests/unit/test_*.c)))
POWER    := $(sort $(wildcard tests/powerloss/test_*.c tests/faults/test_*.c))
FUZZERS  := $(sort $(wildcard tests/fuzz/fuzz_*.c))

FORMATTED = $(sort $(wildcard include/wafer/*.h src/*.[ch] port/*/*.[ch] boards/*/*.[ch] tools/*/*.[ch] tests/*/*.[ch]))

ALL_SRC  := $(SRC) $(POSIX_SRC) $(CMD_SRC) $(EMU_SRC) $(UNIT) $(POWER) $(FUZZERS) \
	$(sort $(wildcard port/template/*.c tools/anchors/*.c))

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
# The same for what is compiled against lwIP's sockets instead of the system's.
lwip_obj = $(patsubst %.c,$(B)/obj/with-lwip/%.o,$(1))
# And against lwIP without an operating system.
raw_obj = $(patsubst %.c,$(B)/obj/with-lwip-raw/%.o,$(1))

ANCHORS  := $(O)/public_anchors.c
ROOTS    := /usr/share/ca-certificates/mozilla
LIB      := $(B)/libwafer.a
BEAR_LIB := $(B)/libbearssl.a
KIT      := $(B)/libtestkit.a
CMD      := $(B)/wafer
LWIP_LIB := $(B)/liblwip.a
RAW_LIB  := $(B)/liblwip-raw.a
LWIP_CMD := $(B)/wafer-over-lwip
TESTS    := $(patsubst tests/%.c,$(B)/tests/%,$(UNIT) $(POWER) $(LWIP_TEST) $(RAW_TEST)) $(LWIP_CMD)
FUZZ_BIN := $(patsubst tests/%.c,$(O)/fuzz/%,$(FUZZERS))

Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $(1)	$(2)")

# --- targets -------------------------------------------------------------------------

# The make of another variant.
variant = +$(Q)$(MAKE) --no-print-directory SAN= VARIANT=$(1)

.PHONY: all
all: $(LIB) $(CMD) ## library and command: build/libwafer.a, build/wafer (default)

.PHONY: static
static: ## small static command for x86_64 Linux (musl): build/static/wafer
	@tools/setup.sh static
	$(call variant,static) $(B_static)/wafer

.PHONY: demo
demo: ## get a certificate from a local Pebble, show it, clean up
	@tools/setup.sh demo
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tools/demo.sh $(CMD)

.PHONY: check
check: ## install what is missing, build, run all tests, count them
	@tools/setup.sh check
	$(call variant,host) all tests
	$(call variant,san) all tests
	$(call variant,fuzz) fuzzers
	$(call variant,cortex-m3) $(B_cortex-m3)/libwafer.a port-lwip-sockets
	$(call variant,stack) $(B_stack)/libwafer.a $(B_stack)/libbearssl.a
	$(Q)tests/run -b $(O)

.PHONY: size
size: ## text, data, bss of every module and program; sizeof(struct wafer)
	@tools/setup.sh check
	$(call variant,host) all
	$(call variant,static) $(B_static)/wafer
	$(call variant,cortex-m3) $(B_cortex-m3)/libwafer.a $(B_cortex-m3)/libbearssl.a port-lwip-sockets
	$(Q)tools/size.sh $(O) $(THIRD)

.PHONY: stack
stack: ## worst-case stack by the call graph: the library's, each board's and its reserve
	@tools/setup.sh check
	$(call variant,stack) $(B_stack)/libwafer.a $(B_stack)/libbearssl.a
	$(Q)$(MAKE) --no-print-directory -f boards.mk boards
	$(Q)tools/stack.py -a $(B_stack) $(BOARDS:%=$(O)/%)

.PHONY: bench
bench: ## first issuance and renewal against Pebble, beside uacme
	@tools/setup.sh bench
	$(call variant,host) all
	$(call variant,static) $(B_static)/wafer
	$(Q)tools/bench.py $(O)

.PHONY: fuzz
fuzz: ## fuzz every parser for FUZZ_TIME seconds each (60)
	@tools/setup.sh check
	$(call variant,fuzz) fuzzers
	$(Q)tools/fuzz.sh $(O)/fuzz/fuzz $(FUZZ_TIME)

.PHONY: lint
lint: ## warnings of gcc and clang as errors, cppcheck
	@tools/setup.sh check
	$(Q)$(MAKE) --no-print-directory warnings CC=gcc
	$(Q)$(MAKE) --no-print-directory warnings CC=clang
	$(Q)tools/lint.sh $(THIRD)

.PHONY: format
format: ## clang-format over all C files
	@command -v clang-format >/dev/null || { echo "clang-format is missing: apt-get install clang-format"; exit 1; }
	clang-format -i $(FORMATTED)

.PHONY: install
install: $(CMD) ## install the command below $(DESTDIR)$(PREFIX)
	install -s -D -m 755 $(CMD) $(DESTDIR)$(PREFIX)/bin/wafer

.PHONY: clean
clean: ## remove what was built; the fetched sources stay
	rm -rf $(filter-out $(THIRD) $(O)/pebble-2.6,$(wildcard $(O)/*))

.PHONY: help
help: ## this list
	@echo "make TARGET [O=DIR] [SAN=1] [V=1] [KNOBS=-D...]; make [run|demo|size|stack] BOARD=x"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile boards.mk | expand -t 16

# Parts of the above.
.PHONY: tests fuzzers warnings
tests: $(TESTS)
fuzzers: $(FUZZ_BIN)
warnings:
	$(call variant,warn) objects

.PHONY: port-lwip-sockets
port-lwip-sockets: $(call lwip_obj,$(LWIP_PORT))

.PHONY: objects
objects: $(call obj,$(ALL_SRC)) $(call lwip_obj,$(LWIP_SRC) $(LWIP_TEST) tests/lwip/command_port.c) \
	$(call raw_obj,port/lwip/network.c $(RAW_TEST))

# --- rules ---------------------------------------------------------------------------

$(THIRD)/stamp: tools/third-party.sum
	$(Q)tools/fetch.sh $(THIRD)

# Changed flags rebuild everything; a changed build time what mentions it.
$(B)/flags: STAMP = $(CC) $(COMMON) $(OPT) $(BEARSSL_FLAGS) $(LWIP_$(VARIANT)) $(KNOBS) $(CFLAGS)
$(B)/build-time: STAMP = $(BUILD_TIME)
$(B)/flags $(B)/build-time: FORCE
	@mkdir -p $(@D)
	@echo '$(STAMP)' | cmp -s - $@ || echo '$(STAMP)' >$@
.PHONY: FORCE
FORCE:

$(call obj,$(shell grep -ls WAFER_BUILD_TIME $(ALL_SRC))): $(B)/build-time

$(BEAR_LIB): $(THIRD)/stamp $(B)/flags
	$(call say,BEARSSL,$@)
	$(Q)$(MAKE) --no-print-directory -f tools/bearssl.mk OUT=$@ DIR=$(B)/obj/bearssl SRC=$(BEARSSL) \
		CC="$(CC)" AR="$(AR)" CFLAGS="$(OPT) $(BEARSSL_FLAGS) $(CFLAGS)" STAMPS="$(B)/flags $(BEARSSL)/.sum"
	@touch $@

INC_LWIP := -Itests/lwip -Iport/lwip-sockets
INC_RAW := -Itests/lwip-raw -Iport/lwip
$(LWIP_LIB): FLAGS_LWIP := $(INC_LWIP) $(LWIP_$(VARIANT))
$(RAW_LIB): FLAGS_LWIP := $(INC_RAW)
$(LWIP_LIB): tests/lwip/lwipopts.h tests/lwip/arch/cc.h tests/lwip/arch/sys_arch.h
$(RAW_LIB): tests/lwip-raw/lwipopts.h tests/lwip-raw/arch/cc.h port/lwip/lwipopts.h
$(LWIP_LIB) $(RAW_LIB): $(THIRD)/stamp $(B)/flags
	$(call say,LWIP,$@)
	$(Q)$(MAKE) --no-print-directory -f tools/lwip.mk OUT=$@ DIR=$(B)/obj/$(basename $(@F)) SRC=$(LWIP) CC="$(CC)" AR="$(AR)" \
		CFLAGS="$(OPT) -w -ffunction-sections -fdata-sections $(POSIX) $(FLAGS_LWIP) $(CFLAGS)" \
		STAMPS="$(B)/flags $(LWIP)/../.sum $(filter %.h,$^)"
	@touch $@

top = $(firstword $(subst /, ,$(1)))

$(B)/obj/libinih/ini.o: $(THIRD)/stamp $(B)/flags
	$(call say,CC,$(INIH)/ini.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(OPT) -ffunction-sections $(INIH_FLAGS) $(CFLAGS) -c -o $@ $(INIH)/ini.c

$(B)/obj/%.o: %.c $(B)/flags | $(THIRD)/stamp
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(COMMON) $(OPT) $(DEFINES) $(DEF_$(call top,$*)) $(INC) $(INC_$(call top,$*)) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/obj/with-lwip/%.o: %.c $(B)/flags | $(THIRD)/stamp
	$(call say,CC,$< (lwIP))
	@mkdir -p $(@D)
	$(Q)$(CC) $(COMMON) $(OPT) $(DEFINES) $(INC) $(INC_LWIP) -Iport/sockets -Iport/posix -Itests/emu \
		-isystem $(LWIP)/include $(LWIP_$(VARIANT)) $(CFLAGS) -MMD -MP -c -o $@ $<

# As boards.mk compiles port/lwip: not for conversions.
$(B)/obj/with-lwip-raw/%.o: %.c $(B)/flags | $(THIRD)/stamp
	$(call say,CC,$< (lwIP))
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -Wall -Wextra -Wshadow -ffunction-sections -fdata-sections $(OPT) $(INC) $(INC_RAW) -Itests/emu \
		-isystem $(LWIP)/include $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(call obj,$(SRC))
$(KIT): $(call obj,$(EMU_SRC) $(POSIX_SRC))
$(LIB) $(KIT):
	$(call say,AR,$@)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(O)/anchors: tools/anchors/anchors.c $(BEAR_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(COMMON) $(OPT) $(INC) $(CFLAGS) -o $@ $^

ifeq ($(VARIANT),host)
$(ANCHORS): tools/anchors/roots.list $(O)/anchors
	$(call say,ANCHORS,$@)
	$(Q)$(O)/anchors -l $< -d $(ROOTS) -o $@
else
$(ANCHORS): FORCE
	$(call variant,host) $@
endif

$(B)/obj/public_anchors.o: $(ANCHORS) $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(COMMON) $(OPT) $(DEFINES) $(INC) $(CFLAGS) -c -o $@ $<

$(CMD): $(call obj,$(CMD_SRC) $(POSIX_SRC)) $(B)/obj/public_anchors.o $(B)/obj/libinih/ini.o $(LIB) $(BEAR_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $@ $^

$(B)/tests/%: $(B)/obj/tests/%.o $(KIT) $(LIB) $(BEAR_LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $@ $^ -lcmocka

# port/lwip-sockets, its stack and the network; and the command over them.
WITH_LWIP := $(call lwip_obj,$(LWIP_SRC)) $(LWIP_LIB)

$(B)/tests/unit/test_port_lwip_sockets: $(call lwip_obj,$(LWIP_TEST)) $(call obj,tests/emu/port_contract.c) $(WITH_LWIP)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $@ $^ -lcmocka -lslirp -lpthread

$(B)/tests/unit/test_port_lwip: $(call raw_obj,port/lwip/network.c $(RAW_TEST)) $(call obj,tests/emu/port_contract.c) $(RAW_LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $@ $^ -lcmocka

$(LWIP_CMD): $(call obj,$(CMD_SRC) $(filter-out port/posix/port_posix.c port/sockets/%,$(POSIX_SRC))) \
		$(call lwip_obj,tests/lwip/command_port.c) $(WITH_LWIP) \
		$(B)/obj/public_anchors.o $(B)/obj/libinih/ini.o $(LIB) $(BEAR_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $@ $^ -lslirp -lpthread

$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(KIT) $(LIB) $(BEAR_LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $@ $^ -lcmocka

.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

include boards.mk
endif
