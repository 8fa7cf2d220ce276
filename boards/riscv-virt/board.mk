BOARD_ARCH  := rv32imac
BOARD_STACK := 7168
BOARD_FILES := board.c
BOARD_COMMON := https.c secrets.c virtio_net.c cfi_nor.c seed_page.c
BOARD_DEFINES := -DRISCV_CLINT=0x02000000u -DRISCV_PLIC=0x0c000000u -DRISCV_TIME_MHZ=10u
# The second NOR of the machine: two 16-bit chips side by side. The first is where a boot ROM goes.
BOARD_DEFINES += -DCFI_BASE=0x22000000u -DCFI_WIDTH=16 -DCFI_CHIPS=2 -DFLASH_BLOCK=0x40000u -DFLASH_BLOCKS=4u
# For cores whose mul and mulhu take the same time for all operands (Zkt).
BOARD_DEFINES += -DWAFER_EC_PRIVATE=br_ec_p256_m31
BOARD_QEMU  := qemu-system-riscv32 -M virt -bios none -drive if=pflash,unit=1,format=raw,file=$(BOARD_FLASH)
# QEMU does not load a kernel when there is a second NOR.
BOARD_IMAGE = -device loader,file=$(OUT)/wafer.elf
NET         ?= -netdev user,id=net0,$(HOST_PORTS) -device virtio-net-device,netdev=net0
BOARD_FLASH_SIZE := 33554432
BOARD_CONFIG := 0x8003f000
BOARD_SEED  := 0x8003ffc0
