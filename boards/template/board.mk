BOARD_ARCH  := cortex-m3
BOARD_STACK := 7168
BOARD_FILES := board.c flash.c nic.c
BOARD_COMMON := https.c secrets.c cortex_m.c
BOARD_DEFINES :=
