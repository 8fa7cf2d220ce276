BOARD_ARCH  := cortex-m3
BOARD_INTERRUPTS := 32
BOARD_STACK := 7168
BOARD_FILES := board.c
BOARD_COMMON := https.c secrets.c lan9118.c file_flash.c seed_page.c semihost.c
# Stands for an internal flash of 4 KiB sectors that is programmed in units of 8.
BOARD_DEFINES := -DFLASH_BLOCK=4096 -DFLASH_BLOCKS=16 -DFLASH_UNIT=8
BOARD_QEMU  := qemu-system-arm -M mps2-an385 -semihosting-config enable=on,target=native
BOARD_CONFIG := 0x3f000
BOARD_SEED  := 0x3ffc0
