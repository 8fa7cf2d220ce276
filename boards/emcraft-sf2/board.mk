BOARD_ARCH  := cortex-m3
BOARD_INTERRUPTS := 81
BOARD_STACK := 6912
BOARD_FILES := board.c emac.c spi_nor.c
BOARD_COMMON := https.c secrets.c seed_page.c semihost.c
# A dozen names at most would be too much for 64 KiB: the page needs memory, too.
BOARD_DEFINES := -DWAFER_AUTHZ_SIZE=768 -DWAFER_HTTP01_CHALLENGES=8 -DWAFER_LWIP_BUFFERS=16
BOARD_QEMU  := qemu-system-arm -M emcraft-sf2 -semihosting-config enable=on,target=native -drive if=mtd,format=raw,file=$(BOARD_FLASH)
BOARD_FLASH_SIZE := 16777216
BOARD_CONFIG := 0x3f000
BOARD_SEED  := 0x3ffc0
