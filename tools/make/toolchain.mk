# The programs that build: what the user gives is taken, else derived. For a cross build
# CROSS_COMPILE=aarch64-linux-gnu- is enough, or CC (and AR) alone.

ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
# The one of the compiler's own target; STRIP=: strips nothing.
STRIP ?= $(or $(shell $(CC) -print-prog-name=strip),strip)

# For programs that run while building.
HOSTCC ?= cc
HOSTCFLAGS ?= -O1

USER_FLAGS = $(CPPFLAGS) $(CFLAGS)
# Flags such as -m32, --sysroot or -fsanitize are the linker's, too.
LINK = $(CC) $(CFLAGS) $(LDFLAGS_$(VARIANT)) $(LDFLAGS)
