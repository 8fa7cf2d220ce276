# Cortex-A9, without an FPU, with newlib-nano. How its interrupts arrive is a matter of the chip: boards have their start file.
ARCH_CROSS := arm-none-eabi-
ARCH_CPU   := -mcpu=cortex-a9 -mthumb -mfloat-abi=soft -mno-unaligned-access
ARCH_LIBC  := --specs=nano.specs
