/* Start of the Cortex-A9: modes and stacks, memory, interrupts through the GIC. */
#include <string.h>
#include "board.h"
#include "console.h"
#include "lan9118.h"
#include "stack.h"
#include "start.h"

#define REG(address)      (*(volatile uint32_t *)(address))
#define GIC_CPU_CONTROL   REG(0x1e000100u)
#define GIC_CPU_PRIORITY  REG(0x1e000104u)
#define GIC_CPU_ACK       REG(0x1e00010cu)
#define GIC_CPU_END       REG(0x1e000110u)
#define GIC_CONTROL       REG(0x1e001000u)
#define GIC_ENABLE(n)     REG(0x1e001100u + 4 * (n))
#define TICK_LOAD         REG(0x10011000u)
#define TICK_CONTROL      REG(0x10011008u)
#define TICK_CLEAR        REG(0x1001100cu)
#define COUNTER_LOAD      REG(0x10011020u)
#define COUNTER_VALUE     REG(0x10011024u)
#define COUNTER_CONTROL   REG(0x10011028u)
#define TIMER_32_PERIODIC 0xc2u
#define TIMER_32_FREE     0x82u
#define TIMER_INTERRUPT   0x20u

#define TICK_INTERRUPT     34
#define ETHERNET_INTERRUPT 47
#define ARM_CODE           __attribute__((target("arm")))

extern uint32_t bss_start[], bss_end[], interrupt_stack_top[]; /* of the linker script */
int main(void);

/* The image is loaded into RAM, so there is no data to copy. */
__attribute__((used)) static _Noreturn void run(void)
{
    uint32_t *here = __builtin_frame_address(0);
    for (uint32_t *p = stack_bottom; p < here - 16; p++)
        *(volatile uint32_t *)p = STACK_PAINT;
    memset(bss_start, 0, (size_t)((uintptr_t)bss_end - (uintptr_t)bss_start));
    board_exit(main());
}

/* In whatever mode the fault has put the CPU: it gets the whole stack again. */
__attribute__((used)) static _Noreturn void report_fault(uint32_t address)
{
    console_print("\nfault near %x\n", (unsigned)address);
    board_exit(3);
}

ARM_CODE __attribute__((naked, used)) static void on_fault(void)
{
    __asm__ volatile("mov r0, lr\n"
                     "ldr sp, =stack_top\n"
                     "ldr r1, =report_fault\n"
                     "bx r1\n");
}

ARM_CODE __attribute__((interrupt("IRQ"), used)) static void on_interrupt(void)
{
    uint32_t number = GIC_CPU_ACK;
    if ((number & 0x3ff) == TICK_INTERRUPT)
        TICK_CLEAR = 1;
    else if ((number & 0x3ff) == ETHERNET_INTERRUPT)
        lan9118_receive();
    GIC_CPU_END = number;
}

ARM_CODE __attribute__((naked, used, aligned(32), section(".vectors"))) void vectors(void)
{
    __asm__ volatile("b start\n"
                     "b on_fault\n"
                     "b on_fault\n"
                     "b on_fault\n"
                     "b on_fault\n"
                     "b on_fault\n"
                     "b on_interrupt\n"
                     "b on_fault\n");
}

ARM_CODE __attribute__((naked, used)) void start(void)
{
    __asm__ volatile("cpsid if, #0x12\n" /* IRQ mode */
                     "ldr sp, =interrupt_stack_top\n"
                     "cps #0x13\n" /* supervisor mode: all else */
                     "ldr sp, =stack_top\n"
                     "ldr r0, =vectors\n"
                     "mcr p15, 0, r0, c12, c0, 0\n"
                     "ldr r0, =run\n"
                     "bx r0\n");
}

void start_tick(void)
{
    COUNTER_LOAD = 0xffffffff;
    COUNTER_CONTROL = TIMER_32_FREE;
    TICK_LOAD = 1000;
    TICK_CONTROL = TIMER_32_PERIODIC | TIMER_INTERRUPT;
    GIC_CPU_PRIORITY = 0xff;
    GIC_CPU_CONTROL = 1;
    GIC_CONTROL = 1;
    GIC_ENABLE(TICK_INTERRUPT / 32) = 1u << TICK_INTERRUPT % 32;
    __asm__ volatile("cpsie i");
}

void board_network_interrupt(void)
{
    GIC_ENABLE(ETHERNET_INTERRUPT / 32) = 1u << ETHERNET_INTERRUPT % 32;
}

uint32_t board_us(void)
{
    return 0u - COUNTER_VALUE; /* counts down at 1 MHz */
}

void board_sleep(void)
{
    __asm__ volatile("wfi" : : : "memory");
}

uint32_t board_lock(void)
{
    uint32_t state;
    __asm__ volatile("mrs %0, cpsr\n"
                     "cpsid i"
                     : "=r"(state)
                     :
                     : "memory");
    return state;
}

void board_unlock(uint32_t state)
{
    __asm__ volatile("msr cpsr_c, %0" : : "r"(state) : "memory");
}
