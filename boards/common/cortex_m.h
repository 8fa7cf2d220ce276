/* What boards with a Cortex-M share. */
#ifndef WAFER_CORTEX_M_H
#define WAFER_CORTEX_M_H

#include <stdint.h>

/* The board's external interrupts: entries [NUMBER] = FUNCTION, once in a board. BOARD_INTERRUPTS
 * of board.mk is how many the chip has; a number beyond it does not compile. Those without an
 * entry are faults. All of them have one priority. */
#define CORTEX_M_INTERRUPTS(...) \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Woverride-init\"") \
        __attribute__((section(".vectors.external"), used)) void (*const cortex_m_external[])(void) = { \
            [0 ... BOARD_INTERRUPTS - 1] = cortex_m_fault, __VA_ARGS__}; \
    _Static_assert(sizeof cortex_m_external == sizeof(void *) * BOARD_INTERRUPTS, \
                   "an interrupt is beyond BOARD_INTERRUPTS of board.mk"); \
    _Pragma("GCC diagnostic pop") extern void (*const cortex_m_external[])(void)

/* Lets an external interrupt through. The number is a constant. */
#define cortex_m_enable(interrupt) \
    do { \
        _Static_assert((interrupt) >= 0 && (interrupt) < BOARD_INTERRUPTS, \
                       "this interrupt is beyond BOARD_INTERRUPTS of board.mk"); \
        cortex_m_unmask(interrupt); \
    } while (0)

/* Starts the tick from the CPU's clock. */
void cortex_m_tick(uint32_t cpu_hz);

/* For the macros above. */
void cortex_m_fault(void);
void cortex_m_unmask(unsigned interrupt);

#endif
