# One of boards/arch/*.mk: compiler, CPU, C library, start file. For another core add a file there.
BOARD_ARCH  := cortex-m3
# External interrupts of the chip, for its vector table: four octets of flash each.
BOARD_INTERRUPTS := 240
BOARD_STACK := 7168
BOARD_FILES := board.c flash.c nic.c
BOARD_COMMON := https.c secrets.c
BOARD_DEFINES :=
