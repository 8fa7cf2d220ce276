BOARD_ARCH  := cortex-a9
BOARD_STACK := 8192
BOARD_FILES := board.c start.c cfi_nor.c
BOARD_COMMON := https.c secrets.c lan9118.c seed_page.c semihost.c
# Memory is no concern here, so this board runs lwIP with IPv6 and full frames.
BOARD_DEFINES := -DWAFER_LWIP_IPV6=1 -DWAFER_LWIP_MTU=1500 -DWAFER_LWIP_BUFFERS=48
BOARD_QEMU  := -M vexpress-a9 -audiodev none,id=sound -drive if=pflash,format=raw,file=$(BOARD_FLASH)
BOARD_FLASH_SIZE := 67108864
BOARD_CONFIG := 0x6004f000
BOARD_SEED  := 0x6004ffc0
