# Cortex-M3 with newlib-nano.
ARCH_CROSS   := arm-none-eabi-
ARCH_CPU     := -mcpu=cortex-m3 -mthumb
# What makes gcc's code for it smaller, by a fiftieth; not for BearSSL, where time counts.
ARCH_SMALL   := -fno-move-loop-invariants -fira-algorithm=priority -fno-schedule-insns2 -fno-tree-tail-merge \
	-fno-tree-loop-optimize -fno-if-conversion
ARCH_LIBC    := --specs=nano.specs
# BearSSL does not find out by itself that the Cortex-M3 has Thumb-2 multiplications.
ARCH_BEARSSL := -DBR_ARMEL_CORTEXM_GCC=1
ARCH_COMMON  := cortex_m.c
# The external interrupts of the chip, which its vector table covers: at most the core's 240.
BOARD_INTERRUPTS ?= 240
BOARD_DEFINES += -DBOARD_INTERRUPTS=$(BOARD_INTERRUPTS)
ARCH_LINK := -Wl,--defsym=board_interrupts=$(BOARD_INTERRUPTS)
