# RV32IMAC in machine mode, with picolibc.
ARCH_CROSS  := riscv64-unknown-elf-
ARCH_CPU    := -march=rv32imac -misa-spec=2.2 -mabi=ilp32 -mcmodel=medany
ARCH_LIBC   := --specs=picolibc.specs
ARCH_COMMON := riscv.c
