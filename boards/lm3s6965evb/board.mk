BOARD_ARCH  := cortex-m3
BOARD_STACK := 7168
BOARD_FILES := board.c ethernet.c
BOARD_COMMON := no_https.c cortex_m.c file_flash.c seed_page.c semihost.c
# Stands for the chip's own flash: pages of 1 KiB, programmed in words.
BOARD_DEFINES := -DBOARD_NO_HTTPS -DFLASH_BLOCK=1024 -DFLASH_BLOCKS=64 -DFLASH_UNIT=4
BOARD_QEMU  := -M lm3s6965evb
BOARD_CONFIG := 0x3f000
BOARD_SEED  := 0x3ffc0
