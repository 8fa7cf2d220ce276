/* Start of a Cortex-M3: vectors, memory, tick, faults. */
#include "cortex_m.h"
#include <string.h>
#include "board.h"
#include "console.h"
#include "stack.h"

#define REG(address) (*(volatile uint32_t *)(address))
#define SYST_CSR     REG(0xe000e010u)
#define SYST_RVR     REG(0xe000e014u)
#define SYST_CVR     REG(0xe000e018u)
#define NVIC_ISER(n) REG(0xe000e100u + 4 * (n))
#define SCB_CFSR     REG(0xe000ed28u)
#define SCB_BFAR     REG(0xe000ed38u)

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[]; /* of the linker script */
int main(void);

/* Not shorter: a busy host runs QEMU's timers late, and ticks would be lost. Frames
 * wake the CPU sooner. */
#define TICK_MS 10

static volatile uint32_t ticks;
static uint32_t tick_reload; /* CPU cycles of a tick */

/* Memory is set up before anything else runs; the stack is painted up to where it
 * is in use (the loops use a few words of it at most). */
_Noreturn void cortex_m_reset(void)
{
    uint32_t *here = __builtin_frame_address(0);
    for (uint32_t *p = stack_bottom; p < here - 16; p++)
        *(volatile uint32_t *)p = STACK_PAINT;
    memcpy(data_start, data_load, (size_t)((uintptr_t)data_end - (uintptr_t)data_start));
    memset(bss_start, 0, (size_t)((uintptr_t)bss_end - (uintptr_t)bss_start));
    board_exit(main());
}

/* The stack lies at the very bottom of RAM: an overflow ends here as a bus fault
 * and does not run into other data. */
static void fault(void)
{
    uint32_t exception;
    __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
    if (exception >= 16)
        console_print("\nfault: interrupt %u has no handler\n", (unsigned)exception - 16);
    else
        console_print("\nfault: status %x address %x\n", (unsigned)SCB_CFSR, (unsigned)SCB_BFAR);
    board_exit(3);
}

/* A stack overflow leaves no stack for the report: it gets the whole again. */
__attribute__((naked)) void cortex_m_fault(void)
{
    __asm__ volatile("ldr r0, =stack_top\n"
                     "mov sp, r0\n"
                     "b %c0"
                     :
                     : "i"(fault));
}

static void on_tick(void)
{
    ticks++;
}

/* The core's own exceptions; the board's CORTEX_M_INTERRUPTS come behind them. */
__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    [0] = (void (*)(void))stack_top,
    [1] = cortex_m_reset,
    [2 ... 14] = cortex_m_fault,
    [15] = on_tick,
};

void cortex_m_tick(uint32_t cpu_hz)
{
    tick_reload = cpu_hz / (1000 / TICK_MS);
    SYST_RVR = tick_reload - 1;
    SYST_CVR = 0;
    SYST_CSR = 7; /* CPU clock, interrupt, run */
}

void cortex_m_unmask(unsigned interrupt)
{
    NVIC_ISER(interrupt / 32) = 1u << interrupt % 32;
}

/* The counter may have begun anew before its interrupt is taken: then the time
 * stands still for a moment. */
uint32_t board_us(void)
{
    static uint32_t last;
    uint32_t before, cycles, now;
    do {
        before = ticks;
        cycles = tick_reload - 1 - SYST_CVR;
    } while (before != ticks);
    now = before * TICK_MS * 1000 + (uint32_t)((uint64_t)cycles * TICK_MS * 1000 / tick_reload);
    if ((int32_t)(now - last) > 0)
        last = now;
    return last;
}

void board_sleep(void)
{
    __asm__ volatile("wfi" : : : "memory");
}

uint32_t board_lock(void)
{
    uint32_t state;
    __asm__ volatile("mrs %0, primask\n"
                     "cpsid i"
                     : "=r"(state)
                     :
                     : "memory");
    return state;
}

void board_unlock(uint32_t state)
{
    __asm__ volatile("msr primask, %0" : : "r"(state) : "memory");
}
