# What each variant is built with: host (the default), san, static, fuzz, cortex-m3, warn.
# VARIANT chooses one, $(B) is its folder.

WARN  := -Wall -Wextra -Wconversion -Wshadow
COMMON := -std=c99 $(WARN) -ffunction-sections -fdata-sections

B_host      := $(O)
OPT_host    := -Os -g $(HARDEN_CC)
LDFLAGS_host := -Wl,--gc-sections $(HARDEN_LD)

B_san       := $(O)/san
OPT_san     := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS_san := $(OPT_san)

# Small before fast: one implementation for both curves, 8 kB less for 11 ms a certificate; AES
# for 32 bits, 1 kB less. Small pages: nothing is padded between the segments. Nothing of harden.mk either: as
# static-pie alone it would be 19 kB larger (docs/building.md).
B_static    := $(O)/static
CC_static   := musl-gcc
AR_static   := gcc-ar
OPT_static  := -Oz -flto -flto-partition=one -malign-data=abi -fno-pie -fno-asynchronous-unwind-tables \
	-fno-unwind-tables -fno-stack-protector -DWAFER_EC_PRIVATE=br_ec_prime_i31 -DWAFER_TLS_AES=br_aes_ct_ctr_vtable
LDFLAGS_static := $(OPT_static) -static -no-pie -s -Wl,-O2,--gc-sections,--build-id=none \
	-Wl,-z,norelro,-z,noseparate-code,-z,common-page-size=64

B_fuzz      := $(O)/fuzz
CC_fuzz     := clang
OPT_fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LDFLAGS_fuzz := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

B_cortex-m3   := $(O)/cortex-m3
CC_cortex-m3  := arm-none-eabi-gcc
AR_cortex-m3  := arm-none-eabi-ar
# With what tools/measure/stack.py reads: who calls whom, and each function's frame. The code is the same.
OPT_cortex-m3 := -Os -mcpu=cortex-m3 -mthumb -fcallgraph-info=su
# As the boards build it.
include boards/arch/cortex-m3.mk
SMALL_cortex-m3 := $(ARCH_SMALL)

# Only compiled, never linked: are gcc and clang content? gcc finds some things only when it optimizes.
B_warn      := $(O)/warn-$(notdir $(lastword $(CC)))
OPT_warn    := $(if $(findstring clang,$(CC)),-O0,-O2) -Werror

B  := $(B_$(VARIANT))
# A variant that is made of its compiler (fuzz, cortex-m3) keeps it, whatever CC says.
ifneq ($(filter static,$(VARIANT)),)
CC := $(CC_$(VARIANT))
AR := $(AR_$(VARIANT))
else
ifdef CC_$(VARIANT)
override CC := $(CC_$(VARIANT))
endif
ifdef AR_$(VARIANT)
override AR := $(AR_$(VARIANT))
endif
endif
OPT := $(OPT_$(VARIANT))
$(B)/obj/src/%.o: OPT += $(SMALL_$(VARIANT))

# The newest commit's time is the build time, so that the same source gives the same binary.
BUILD_TIME := $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null))
DEFINES := $(if $(BUILD_TIME),-DWAFER_BUILD_TIME=$(BUILD_TIME)) $(KNOBS) \
	$(if $(KNOBS_FILE),-DWAFER_CONFIG_FILE='"$(abspath $(KNOBS_FILE))"')

BEARSSL := $(THIRD)/bearssl
JSMN    := $(THIRD)/jsmn
LWIP    := $(THIRD)/lwip/src
INIH    := $(THIRD)/libinih
# BearSSL reads words from odd addresses where the processor allows it; UBSan would object.
BEARSSL_san := -DBR_LE_UNALIGNED=0 -DBR_BE_UNALIGNED=0
# What is fuzzed is what is around it: counting its branches takes most of the time.
BEARSSL_fuzz := $(BEARSSL_san) -fno-sanitize=fuzzer-no-link
BEARSSL_FLAGS := -Os -ffunction-sections -fdata-sections -w \
	-DBR_USE_URANDOM=0 -DBR_USE_UNIX_TIME=0 -DBR_USE_WIN32_RAND=0 $(BEARSSL_$(VARIANT))
# One variant locks lwIP's core, the other sends its thread messages.
LWIP_san := -DLWIP_TCPIP_CORE_LOCKING=0
# Of the normal build others get BearSSL, too.
BEARSSL_WHOLE ?= $(if $(filter host,$(VARIANT)),1)
# A certificate takes some thirty multiplications on the curve: on a PC they are half of wafer's own time.
BEARSSL_FAST := $(if $(filter host,$(VARIANT)),-O3)
INIH_FLAGS := -DINI_USE_STACK=1 -DINI_STOP_ON_FIRST_ERROR=1

# The library sees its headers and BearSSL's; ports, boards and the command see
# include/ only; tests see all.
INC         := -Iinclude -isystem $(BEARSSL)/inc
INC_src     := -Isrc -isystem $(JSMN)
INC_port    := -Iport/sockets -Iport/posix
INC_boards  :=
INC_tools   := -Itools/wafer -Iport/posix -Iboards/linux -isystem $(INIH)
INC_tests   := -Isrc -Itests -Itests/emu -Iport/posix -Iport/kv-flash -Iboards/linux -isystem $(JSMN)
# Where a long has 32 bits, files and times have 64 all the same: a file of 2040 can't be looked at else.
POSIX       := -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
DEF_port    := $(POSIX)
DEF_boards  := $(POSIX)
DEF_tools   := $(POSIX)
DEF_tests   := $(POSIX)
