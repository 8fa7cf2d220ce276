# wafer. `make help` lists the targets.
#
#   O=DIR    build in DIR instead of build/
#   SAN=1    build with AddressSanitizer and UBSan, in $(O)/san
#   V=1      show the commands
#   KNOBS=   sizes of include/wafer/config.h, e.g. KNOBS=-DWAFER_TLS_BUFFER=2048
#   THIRD=DIR  where the archives of the third-party sources are (docs/building.md)
#   CC, AR, CFLAGS, LDFLAGS, CROSS_COMPILE, HOSTCC, STRIP: tools/make/toolchain.mk
#   KNOBS_FILE=x.h  a header that defines several of them
#   BEARSSL_WHOLE=1  all of BearSSL also where only its part that wafer links is built; BEARSSL_WHOLE= the part
#   HARDEN=  none of the host build's hardening: tools/make/harden.mk
#   BOARD=x  a bare-metal board instead: tools/make/boards.mk

ifdef BOARD
include tools/make/boards.mk
else

MAKEFLAGS += --no-builtin-rules
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif

O       ?= build
THIRD   ?= build/third-party
FUZZ_TIME ?= 60
VARIANT ?= $(if $(SAN),san,host)
Q       := $(if $(V),,@)
say      = $(if $(V),,@echo "  $(1)	$(2)")

include tools/make/toolchain.mk
include tools/make/harden.mk
include tools/make/variants.mk
include tools/make/sources.mk

# The make of another variant.
variant = +$(Q)$(MAKE) --no-print-directory SAN= VARIANT=$(1)

.PHONY: all
all: $(LIB) $(POSIX_LIB) $(CMD) ## libraries and command: build/libwafer.a, build/libwafer-posix.a, build/wafer (default)

.PHONY: static
static: ## small static command for x86_64 Linux (musl): build/static/wafer
	@tools/setup/packages.sh static
	$(call variant,static) $(B_static)/wafer

.PHONY: demo
demo: ## get a certificate from a local Pebble, show it, clean up
	@tools/setup/packages.sh demo
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tools/demo/demo.sh $(CMD)

.PHONY: check
check: check-built ## install what is missing, build, run all tests, count them
	$(Q)tests/run -b $(O)

.PHONY: check-all
check-all: check-all-built ## check and check-boards in one, side by side: all of CI
	$(Q)tests/run -b $(O) all

.PHONY: size
size: ## text, data, bss of every module and program; sizeof(struct wafer)
	@tools/setup/packages.sh check
	$(call variant,host) all
	$(call variant,static) $(B_static)/wafer
	$(call variant,cortex-m3) $(B_cortex-m3)/libwafer.a $(B_cortex-m3)/libbearssl.a port-lwip-sockets
	$(Q)tools/measure/size.sh $(O) $(THIRD)

.PHONY: stack
stack: ## worst-case stack by the call graph: the library's, each board's and its reserve
	@tools/setup/packages.sh boards
	$(call variant,cortex-m3) $(B_cortex-m3)/libwafer.a $(B_cortex-m3)/libbearssl.a
	$(Q)$(MAKE) --no-print-directory -f tools/make/boards.mk boards
	$(Q)tools/measure/stack.py -a $(B_cortex-m3) $(BOARDS:%=$(O)/%)

.PHONY: bench
bench: ## first issuance and renewal against Pebble near and far, beside uacme and lego
	@tools/setup/packages.sh bench
	$(call variant,host) all
	$(call variant,static) $(B_static)/wafer
	$(Q)tools/measure/bench.py $(O)

.PHONY: fuzz
fuzz: ## fuzz every parser for FUZZ_TIME seconds each (60)
	@tools/setup/packages.sh check
	$(call variant,fuzz) fuzzers
	$(Q)tools/check/fuzz.sh $(O)/fuzz/fuzz $(FUZZ_TIME)

.PHONY: lint
lint: ## warnings of gcc and clang as errors, cppcheck
	@tools/setup/packages.sh check
	$(Q)$(MAKE) --no-print-directory warnings CC=gcc
	$(Q)$(MAKE) --no-print-directory warnings CC=clang
	$(Q)tools/check/lint.sh $(THIRD)

.PHONY: format
format: ## clang-format over all C files
	@command -v clang-format >/dev/null || { echo "clang-format is missing: apt-get install clang-format"; exit 1; }
	clang-format -i $(FORMATTED)

.PHONY: clean
clean: ## remove what was built; the fetched sources stay
	rm -rf $(filter-out $(THIRD) $(O)/pebble-2.6,$(wildcard $(O)/*))

.PHONY: help
help: ## this list
	@echo "make TARGET [O=DIR] [SAN=1] [V=1] [KNOBS=-D...]; make [run|demo|size|stack] BOARD=x"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile tools/make/install.mk tools/make/boards.mk | expand -t 16

# Parts of the above. The normal build comes first, for the others need some of it; they go side by side.
BUILT := built-san built-fuzz built-cortex-m3
.PHONY: check-built check-all-built $(BUILT) built-static
check-built:
	@tools/setup/packages.sh check
	$(call variant,host) all tests
	+$(Q)$(MAKE) --no-print-directory $(BUILT)
check-all-built:
	@tools/setup/packages.sh boards
	$(call variant,host) all tests
	+$(Q)$(MAKE) --no-print-directory $(BUILT) built-static boards
built-san:
	$(call variant,san) all tests
built-fuzz:
	$(call variant,fuzz) fuzzers
built-cortex-m3:
	$(call variant,cortex-m3) $(B_cortex-m3)/libwafer.a $(B_cortex-m3)/libbearssl.a port-lwip-sockets
built-static:
	$(call variant,static) $(B_static)/wafer

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

include tools/make/rules.mk
include tools/make/install.mk
include tools/make/over-lwip.mk
include tools/make/boards.mk
endif
