# What is built of which files.

SRC      := $(sort $(wildcard src/*/*.c))
POSIX_SRC := $(sort $(wildcard port/posix/*.c port/sockets/*.c boards/linux/*.c))
CMD_SRC  := $(sort $(wildcard tools/wafer/*.c tools/wafer/commands/*.c))
EMU_SRC  := $(sort $(wildcard tests/emu/*.c))
KV_SRC   := $(sort $(wildcard port/kv-flash/*.c))
LWIP_PORT := $(sort $(wildcard port/sockets/*.c port/lwip-sockets/*.c))
LWIP_SRC := $(LWIP_PORT) $(addprefix tests/lwip/,name_server.c stack.c sys_arch.c user_network.c)
LWIP_TEST := tests/unit/port/test_lwip_sockets.c
RAW_TEST := tests/unit/port/test_lwip.c
UNIT     := $(filter-out $(LWIP_TEST) $(RAW_TEST),$(sort $(wildcard tests/unit/*/test_*.c)))
POWER    := $(sort $(wildcard tests/powerloss/test_*.c))
FAULTS   := $(sort $(wildcard tests/faults/test_*.c))
PLAIN_SRC := $(sort $(wildcard tests/plain/*.c))
E2E_SRC  := $(sort $(wildcard tests/e2e/*.c))
FUZZERS  := $(sort $(wildcard tests/fuzz/fuzz_*.c))

FORMATTED = $(sort $(wildcard include/wafer/*.h src/*/*.[ch] port/*/*.[ch] boards/*/*.[ch] tools/*/*.[ch] tools/wafer/commands/*.[ch] tests/*/*.[ch] tests/unit/*/*.c))

ALL_SRC  := $(SRC) $(POSIX_SRC) $(KV_SRC) $(CMD_SRC) $(EMU_SRC) $(UNIT) $(POWER) $(FAULTS) $(PLAIN_SRC) $(E2E_SRC) $(FUZZERS) \
	$(sort $(wildcard port/template/*.c tools/anchors/*.c))

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
# The same for what is compiled against lwIP's sockets instead of the system's.
lwip_obj = $(patsubst %.c,$(B)/obj/with-lwip/%.o,$(1))
# And against lwIP without an operating system.
raw_obj = $(patsubst %.c,$(B)/obj/with-lwip-raw/%.o,$(1))

ANCHORS  := $(O)/public_anchors.c
ROOTS    := /usr/share/ca-certificates/mozilla
LIB      := $(B)/libwafer.a
POSIX_LIB := $(B)/libwafer-posix.a
BEAR_LIB := $(B)/libbearssl.a
KIT      := $(B)/libtestkit.a
CMD      := $(B)/wafer
LWIP_LIB := $(B)/liblwip.a
RAW_LIB  := $(B)/liblwip-raw.a
LWIP_CMD := $(B)/wafer-over-lwip
TESTS    := $(patsubst tests/%.c,$(B)/tests/%,$(UNIT) $(POWER) $(FAULTS) $(E2E_SRC) $(LWIP_TEST) $(RAW_TEST)) $(LWIP_CMD)
FUZZ_BIN := $(patsubst tests/%.c,$(O)/fuzz/%,$(FUZZERS))
