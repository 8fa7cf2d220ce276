/* What boards with a Cortex-M share. */
#ifndef WAFER_CORTEX_M_H
#define WAFER_CORTEX_M_H

#include <stdint.h>

/* Starts the tick from the CPU's clock. */
void cortex_m_tick(uint32_t cpu_hz);

/* Lets an external interrupt through; all of them arrive at board_interrupt,
 * which the board has. */
void cortex_m_enable(unsigned interrupt);
void board_interrupt(void);

#endif
