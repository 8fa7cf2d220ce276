BOARD_ARCH  := cortex-a9
BOARD_STACK := 8192
BOARD_FILES := board.c start.c
BOARD_COMMON := https.c secrets.c lan9118.c cfi_nor.c seed_page.c semihost.c
# Memory is no concern here, so this board runs lwIP with IPv6 and full frames.
BOARD_DEFINES := -DWAFER_LWIP_IPV6=1 -DWAFER_LWIP_MTU=1500 -DWAFER_LWIP_BUFFERS=48
# Two 16-bit chips side by side.
BOARD_DEFINES += -DCFI_BASE=0x40000000u -DCFI_WIDTH=16 -DCFI_CHIPS=2 -DFLASH_BLOCK=0x40000u -DFLASH_BLOCKS=4u
BOARD_QEMU  := qemu-system-arm -M vexpress-a9 -semihosting-config enable=on,target=native -audiodev none,id=sound -drive if=pflash,format=raw,file=$(BOARD_FLASH)
BOARD_FLASH_SIZE := 67108864
BOARD_CONFIG := 0x6004f000
BOARD_SEED  := 0x6004ffc0
