BOARD_ARCH  := cortex-m3
BOARD_INTERRUPTS := 44
BOARD_STACK := 6656
BOARD_FILES := board.c ethernet.c
BOARD_COMMON := no_https.c no_secrets.c file_flash.c seed_page.c semihost.c
BOARD_LTO   := 1

# Stands for the chip's own flash: pages of 1 KiB, programmed in words.
BOARD_DEFINES := -DFLASH_BLOCK=1024 -DFLASH_BLOCKS=64 -DFLASH_UNIT=4

# The smallest: one certificate with up to four names, no HTTPS page, no encryption of the store (secrets.c).
BOARD_DEFINES += -DBOARD_NO_HTTPS -DWAFER_WORK_SIZE=3072 -DWAFER_AUTHZ_SIZE=512 -DWAFER_URL_MAX=160 \
	-DWAFER_PROBLEM_SIZE=256 -DWAFER_NONCE_MAX=104 -DWAFER_HTTP01_CHALLENGES=4 -DWAFER_HTTP01_CONNECTIONS=5 -DWAFER_LWIP_CONNECTIONS=6 \
	-DWAFER_LWIP_BUFFERS=12 \
	-DWAFER_LWIP_HEAP=2256
# One implementation of big numbers for all: it is small, and takes the same time for
# all operands on this core; but three times as long as br_ec_p256_m15.
BOARD_DEFINES += -DWAFER_EC_PRIVATE=br_ec_prime_i15 -DWAFER_TLS_RSA_VRFY=br_rsa_i15_pkcs1_vrfy
# ChaCha20-Poly1305 alone.
BOARD_DEFINES += -DWAFER_TLS_GCM=0

BOARD_QEMU  := qemu-system-arm -M lm3s6965evb -semihosting-config enable=on,target=native
BOARD_CONFIG := 0x3f000
BOARD_SEED  := 0x3ffc0
