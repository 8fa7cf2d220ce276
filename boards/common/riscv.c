/* Start of a RISC-V core in machine mode: memory, the guard below the stack, interrupts, faults, time. */
#include "riscv.h"
#include <string.h>
#include "board.h"
#include "console.h"
#include "stack.h"

#define REG(address)     (*(volatile uint32_t *)(address))
#define TIME_COMPARE     REG(RISCV_CLINT + 0x4000u)
#define TIME_COMPARE_HI  REG(RISCV_CLINT + 0x4004u)
#define TIME             REG(RISCV_CLINT + 0xbff8u)
#define TIME_HI          REG(RISCV_CLINT + 0xbffcu)
#define PRIORITY(source) REG(RISCV_PLIC + 4 * (source))
#define ENABLE(n)        REG(RISCV_PLIC + 0x2000u + 4 * (n)) /* hart 0, machine mode */
#define THRESHOLD        REG(RISCV_PLIC + 0x200000u)
#define CLAIM            REG(RISCV_PLIC + 0x200004u)
#define NEVER            0xffffffffu

#define MSTATUS_MIE  8u
#define MIE_EXTERNAL (1u << 11)
#define MIE_TIMER    (1u << 7)
#define VECTORED     1u
#define PMP_NO_ENTRY 0x98u  /* locked, so that it holds for machine mode, too; a power of two; no access */
#define PMP_4K       0x1ffu /* in the address: its size */
#define TICK_MS      10u

#define CSR_READ(name) \
    ({ \
        uint32_t value_; \
        __asm__ volatile("csrr %0, " name : "=r"(value_)); \
        value_; \
    })
#define CSR_WRITE(name, value) __asm__ volatile("csrw " name ", %0" : : "r"(value) : "memory")

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[],
    stack_guard[]; /* of the linker script */
int main(void);
void riscv_vectors(void);

/* Memory is set up before anything else runs; the stack is painted up to where it is in use. */
__attribute__((used)) static _Noreturn void run(void)
{
    uint32_t *here = __builtin_frame_address(0);
    CSR_WRITE("mtvec", (uint32_t)(uintptr_t)riscv_vectors | VECTORED);
    CSR_WRITE("pmpaddr0", (uint32_t)(uintptr_t)stack_guard >> 2 | PMP_4K);
    CSR_WRITE("pmpcfg0", PMP_NO_ENTRY);
    for (uint32_t *p = stack_bottom; p < here - 16; p++)
        *(volatile uint32_t *)p = STACK_PAINT;
    memcpy(data_start, data_load, (size_t)((uintptr_t)data_end - (uintptr_t)data_start));
    memset(bss_start, 0, (size_t)((uintptr_t)bss_end - (uintptr_t)bss_start));
    board_exit(main());
}

/* One hart does all; others sleep. */
__attribute__((naked, used, section(".vectors"))) void riscv_reset(void)
{
    __asm__ volatile("csrw mie, zero\n"
                     "csrr t0, mhartid\n"
                     "1: beqz t0, 2f\n"
                     "wfi\n"
                     "j 1b\n"
                     "2:\n"
                     ".option push\n"
                     ".option norelax\n"
                     "la gp, __global_pointer$\n"
                     ".option pop\n"
                     "la sp, stack_top\n"
                     "j %0"
                     :
                     : "i"(run));
}

__attribute__((used)) static _Noreturn void report_fault(void)
{
    console_print("\nfault: cause %x address %x at %x\n", (unsigned)CSR_READ("mcause"),
                  (unsigned)CSR_READ("mtval"), (unsigned)CSR_READ("mepc"));
    board_exit(3);
}

/* Nothing is pushed here: a stack overflow leaves no room. The report gets the whole stack again. */
__attribute__((naked, used)) static void on_fault(void)
{
    __asm__ volatile("la sp, stack_top\n"
                     "j %0"
                     :
                     : "i"(report_fault));
}

static void set_timer(uint32_t high, uint32_t low)
{
    TIME_COMPARE_HI = NEVER;
    TIME_COMPARE = low;
    TIME_COMPARE_HI = high;
}

/* It has ended a sleep: that was all. */
__attribute__((interrupt("machine"), used)) static void on_timer(void)
{
    set_timer(NEVER, NEVER);
}

__attribute__((interrupt("machine"), used)) static void on_external(void)
{
    for (uint32_t source; (source = CLAIM) != 0;) {
        board_interrupt(source);
        CLAIM = source; /* done */
    }
}

/* By the number of the interrupt; faults arrive at the first. */
__attribute__((naked, aligned(64))) void riscv_vectors(void)
{
    __asm__ volatile(".option push\n"
                     ".option norvc\n"
                     ".rept 7\n"
                     "j %0\n"
                     ".endr\n"
                     "j %1\n"
                     ".rept 3\n"
                     "j %0\n"
                     ".endr\n"
                     "j %2\n"
                     ".rept 4\n"
                     "j %0\n"
                     ".endr\n"
                     ".option pop"
                     :
                     : "i"(on_fault), "i"(on_timer), "i"(on_external));
}

void riscv_start(void)
{
    set_timer(NEVER, NEVER);
    THRESHOLD = 0;
    CSR_WRITE("mie", MIE_EXTERNAL | MIE_TIMER);
    board_unlock(MSTATUS_MIE);
}

void riscv_enable(unsigned source)
{
    PRIORITY(source) = 1;
    ENABLE(source / 32) |= 1u << source % 32;
}

/* Called more often than the low half of the time wraps (7 minutes at 10 MHz): a sleep is shorter. */
uint32_t board_us(void)
{
    static uint32_t us, counted;
    uint32_t passed = (TIME - counted) / RISCV_TIME_MHZ;
    counted += passed * RISCV_TIME_MHZ;
    return us += passed;
}

/* With interrupts off, so that none slips in before the sleep: it ends all the same when one is
 * pending, which is taken after it. */
void board_sleep(void)
{
    uint32_t state = board_lock(), high, low;
    do {
        high = TIME_HI;
        low = TIME;
    } while (high != TIME_HI);
    uint32_t end = low + TICK_MS * 1000 * RISCV_TIME_MHZ;
    set_timer(high + (end < low), end);
    __asm__ volatile("wfi" : : : "memory");
    board_unlock(state);
}

uint32_t board_lock(void)
{
    uint32_t state;
    __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(state) : : "memory");
    return state;
}

void board_unlock(uint32_t state)
{
    __asm__ volatile("csrs mstatus, %0" : : "r"(state & MSTATUS_MIE) : "memory");
}
