# Bare-metal boards: `make BOARD=x`, `make run BOARD=x`, `make size BOARD=x`, `make stack
# BOARD=x`, and for all of them `make boards`, `make check-boards`. With BOARD the Makefile takes its
# rules from here alone; it also works by itself (make -f tools/make/boards.mk BOARD=x).
#
#   boards/x/board.mk   what the board is made of, its stack, its QEMU line, its architecture
#   boards/arch/y.mk    compiler, CPU, C library and start file of an architecture
#   FIRMWARE=y.c        another program than boards/common/firmware.c
#   BEAR=DIR            where BearSSL lies that another build has made already
#   CONFIG=... SEED=... of `make run`: see boards/common/config.py

MAKEFLAGS += --no-builtin-rules
O     ?= build
THIRD ?= build/third-party
Q     := $(if $(V),,@)

BOARDS := emcraft-sf2 lm3s6965evb mps2-an385 riscv-virt vexpress-a9

ifndef BOARD

.PHONY: boards
boards: ## all firmware images: build/BOARD/wafer.elf
	$(Q)for board in $(BOARDS); do $(MAKE) $(if $(V),V=1) --no-print-directory -f tools/make/boards.mk BOARD=$$board || exit 1; done

.PHONY: check-boards
check-boards: ## install what is missing, run the boards in QEMU against Pebble
	@tools/setup/packages.sh boards
	$(Q)$(MAKE) --no-print-directory -f tools/make/boards.mk boards
	$(Q)tests/run -b $(O) boards

else

ifeq ($(wildcard boards/$(BOARD)/board.mk),)
$(error there is no board "$(BOARD)": choose BOARD from $(BOARDS))
endif

OUT         := $(O)/$(BOARD)
BOARD_FLASH ?= $(OUT)/flash.bin
include boards/$(BOARD)/board.mk

BOARD_ARCHS := $(patsubst boards/arch/%.mk,%,$(wildcard boards/arch/*.mk))
ifeq ($(filter $(BOARD_ARCH),$(BOARD_ARCHS)),)
$(error boards/$(BOARD)/board.mk: there is no architecture "$(BOARD_ARCH)": choose BOARD_ARCH from $(BOARD_ARCHS), or add boards/arch/$(BOARD_ARCH).mk)
endif
include boards/arch/$(BOARD_ARCH).mk

BOARD_CC    := $(ARCH_CROSS)gcc
# In one piece: it is smaller, and no two static functions of the call graph share a name.
BOARD_LTO_1 := -flto -flto-partition=one
BOARD_OPT   := $(ARCH_CPU) $(ARCH_LIBC) $(BOARD_LTO_$(BOARD_LTO)) -Os -g -ffunction-sections -fdata-sections \
	-fno-unwind-tables -fno-asynchronous-unwind-tables -fcallgraph-info=su
BOARD_WARN  := -std=c99 -Wall -Wextra -Wconversion -Wshadow
BOARD_TIME  := $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null))
BOARD_KNOBS := $(if $(BOARD_TIME),-DWAFER_BUILD_TIME=$(BOARD_TIME)) $(BOARD_DEFINES) $(KNOBS)
BOARD_INC   := -Iinclude -Iport/lwip -Iboards/common -Iboards/$(BOARD) -isystem $(THIRD)/bearssl/inc \
	-isystem $(THIRD)/lwip/src/include
BOARD_LINK  := $(BOARD_OPT) -nostartfiles -Wl,--gc-sections,-Map=$(OUT)/wafer.map \
	-Wl,--defsym=stack_reserve=$(BOARD_STACK) $(ARCH_LINK) -Lboards/common -T boards/$(BOARD)/board.ld

FIRMWARE    ?= firmware.c
BOARD_SRC   := $(sort $(wildcard src/*/*.c)) $(addprefix port/lwip/,network.c tcp.c sntp.c) \
	$(addprefix boards/common/,clock.c config.c console.c entropy.c nic.c stack.c $(ARCH_COMMON) $(BOARD_COMMON) $(FIRMWARE)) \
	$(addprefix boards/$(BOARD)/,$(BOARD_FILES))
LWIP        := $(THIRD)/lwip/src
LWIP_SRC    := $(addprefix core/,def.c dns.c inet_chksum.c init.c ip.c mem.c memp.c netif.c pbuf.c tcp.c tcp_in.c \
	tcp_out.c timeouts.c udp.c ipv4/dhcp.c ipv4/etharp.c ipv4/icmp.c ipv4/ip4.c ipv4/ip4_addr.c \
	ipv6/ethip6.c ipv6/icmp6.c ipv6/inet6.c ipv6/ip6.c ipv6/ip6_addr.c ipv6/mld6.c ipv6/nd6.c) netif/ethernet.c
BOARD_OBJ   := $(BOARD_SRC:%.c=$(OUT)/obj/%.o) $(LWIP_SRC:%.c=$(OUT)/obj/lwip/%.o)
BEAR        ?= $(O)/boards
BOARD_BEAR  := $(BEAR)/$(BOARD_ARCH)$(if $(BOARD_LTO),-lto)/libbearssl.a
BEAR_FLAGS  := $(BOARD_OPT) -w -DBR_USE_URANDOM=0 -DBR_USE_UNIX_TIME=0 $(ARCH_BEARSSL)
BEAR_STAMP  := $(dir $(BOARD_BEAR))flags

# What tools/measure/stack.py reads: the board's own list of indirect calls before those that it shares. With LTO only
# the linker knows the functions' frames.
CALL_LISTS  := $(wildcard boards/$(BOARD)/indirect-calls.txt boards/arch/$(BOARD_ARCH)-indirect-calls.txt) \
	boards/common/indirect-calls.txt tools/measure/indirect-calls.txt
CALLGRAPH   := $(if $(BOARD_LTO),$(OUT)/wafer.elf.*.ci,$(BOARD_OBJ:.o=.ci) $(dir $(BOARD_BEAR))bearssl/*/*.ci)

.PHONY: board
board: $(OUT)/wafer.elf

$(OUT)/wafer.elf: $(BOARD_OBJ) $(BOARD_BEAR) boards/$(BOARD)/board.ld $(wildcard boards/common/*.ld) $(OUT)/objects
	@echo "  LD	$@"
	@rm -f $@.*.ci
	$(Q)$(BOARD_CC) $(BOARD_LINK) -o $@ $(BOARD_OBJ) $(BOARD_BEAR)
	@echo '$(CALLGRAPH)' >$(OUT)/callgraph
	@echo '$(CALL_LISTS)' >$(OUT)/call-lists

# Changed flags rebuild everything, other files (FIRMWARE) link anew; the build time alone does nothing.
BOARD_FLAGS := $(BOARD_CC) $(BOARD_OPT) $(ARCH_SMALL) $(BOARD_DEFINES) $(KNOBS) $(BOARD_STACK) $(CALL_LISTS)
$(OUT)/flags: STAMP = $(BOARD_FLAGS)
$(OUT)/objects: STAMP = $(BOARD_OBJ)
$(BEAR_STAMP): STAMP = $(BEAR_FLAGS) $(BEARSSL_WHOLE)
$(OUT)/flags $(OUT)/objects $(BEAR_STAMP): BOARD_FORCE
	@mkdir -p $(@D)
	@echo '$(STAMP)' | cmp -s - $@ || echo '$(STAMP)' >$@
.PHONY: BOARD_FORCE
BOARD_FORCE:

include tools/make/third.mk

$(BOARD_BEAR): $(call third,bearssl) $(BEAR_STAMP)
	@echo "  BEARSSL	$@"
	$(Q)$(MAKE) --no-print-directory -f tools/make/bearssl.mk OUT=$@ DIR=$(@D)/bearssl SRC=$(THIRD)/bearssl \
		CC=$(BOARD_CC) AR=$(ARCH_CROSS)gcc-ar CFLAGS="$(BEAR_FLAGS)" STAMPS=$(BEAR_STAMP) WHOLE=$(BEARSSL_WHOLE)
	@touch $@

$(OUT)/obj/%.o: BOARD_OPT += $(ARCH_SMALL)
$(OUT)/obj/lwip/%.o: $(LWIP)/%.c $(OUT)/flags port/lwip/lwipopts.h | $(call third,lwip)
	$(if $(wildcard $(@D)),,@mkdir -p $(@D))
	$(Q)$(BOARD_CC) $(BOARD_OPT) -w $(BOARD_KNOBS) $(BOARD_INC) -MMD -MP -c -o $@ $<

$(OUT)/obj/src/%.o: BOARD_INC += -Isrc -isystem $(THIRD)/jsmn
$(OUT)/obj/boards/%.o $(OUT)/obj/port/%.o: BOARD_WARN := -std=gnu11 -Wall -Wextra -Wshadow
$(OUT)/obj/%.o: %.c $(OUT)/flags | $(call third,bearssl jsmn lwip)
	@echo "  CC	$<"
	$(if $(wildcard $(@D)),,@mkdir -p $(@D))
	$(Q)$(BOARD_CC) $(BOARD_WARN) $(BOARD_OPT) $(BOARD_KNOBS) $(BOARD_INC) -MMD -MP -c -o $@ $<

-include $(BOARD_OBJ:.o=.d)

# --- running -------------------------------------------------------------------------

CONFIG ?= $(OUT)/config.bin
SEED   ?= $(OUT)/seed.bin
HTTP   ?= 5002
HTTPS  ?= 8443
HOST_PORTS = hostfwd=tcp:127.0.0.1:$(HTTP)-:80,hostfwd=tcp:127.0.0.1:$(HTTPS)-:443
NET    ?= -nic user,id=net0,$(HOST_PORTS)

# A chip fresh from the factory, as far as the store looks at it; the rest is a hole.
$(BOARD_FLASH):
	@mkdir -p $(@D)
	@head -c 2097152 /dev/zero | tr '\0' '\377' >$@
	@truncate -s $(BOARD_FLASH_SIZE) $@

# CONFIG and SEED lie in the flash like what a factory writes there.
QEMU = $(BOARD_QEMU) -display none -monitor none -serial stdio $(NET) $(QEMU_EXTRA) \
	$(or $(BOARD_IMAGE),-kernel $(OUT)/wafer.elf) -device loader,file=$(CONFIG),addr=$(BOARD_CONFIG),force-raw=on \
	-device loader,file=$(SEED),addr=$(BOARD_SEED),force-raw=on

.PHONY: run
run: $(OUT)/wafer.elf $(if $(BOARD_FLASH_SIZE),$(BOARD_FLASH))
	@test -e $(CONFIG) || { echo "make run: $(CONFIG) is missing: make it with boards/common/config.py -o $(CONFIG) ..."; exit 2; }
	@boards/common/config.py --seed $(SEED)
	$(QEMU)

.PHONY: demo
demo:
	@tools/setup/packages.sh boards
	$(Q)$(MAKE) --no-print-directory -f tools/make/boards.mk BOARD=$(BOARD) O=$(O) board
	$(Q)O=$(O) tools/demo/demo.sh --board $(BOARD)

.PHONY: qemu-line
qemu-line:
	@echo '$(strip $(QEMU))'

.PHONY: size stack
size: $(OUT)/wafer.elf
	$(Q)$(ARCH_CROSS)size $<

stack: $(OUT)/wafer.elf
	$(Q)tools/measure/stack.py $(OUT)

endif
