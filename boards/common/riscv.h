/* What boards with a RISC-V core share: machine mode, the timer of a CLINT, interrupts through a
 * PLIC. board.mk gives RISCV_CLINT, RISCV_PLIC (addresses) and RISCV_TIME_MHZ (of mtime). */
#ifndef WAFER_RISCV_H
#define WAFER_RISCV_H

/* Lets interrupts through at all. */
void riscv_start(void);

/* Lets a source of the PLIC through; all of them arrive at board_interrupt, which the board has. */
void riscv_enable(unsigned source);
void board_interrupt(unsigned source);

#endif
