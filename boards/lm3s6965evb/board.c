/* Stellaris LM3S6965 evaluation board: Cortex-M3 with 64 KiB of RAM. */
#include "board.h"
#include "cortex_m.h"
#include "ethernet.h"
#include "semihost.h"

#define REG(address)     (*(volatile uint32_t *)(address))
#define UART_DATA        REG(0x4000c000u)
#define UART_FLAGS       REG(0x4000c018u)
#define UART_CTL         REG(0x4000c030u)
#define UART_TX_FULL     0x20u
#define WATCHDOG_LOAD    REG(0x40000000u)
#define WATCHDOG_CONTROL REG(0x40000008u)
#define WATCHDOG_CLEAR   REG(0x4000000cu)
#define WATCHDOG_LOCK    REG(0x40000c00u)
#define WATCHDOG_UNLOCK  0x1acce551u

#define CPU_HZ             12500000u /* after reset, on the internal oscillator */
#define ETHERNET_INTERRUPT 42
#define WATCHDOG_SECONDS   30u /* it restarts the board at the second expiry */

CORTEX_M_INTERRUPTS([ETHERNET_INTERRUPT] = ethernet_receive);

void board_init(void)
{
    UART_CTL = 0x301;
    WATCHDOG_LOCK = WATCHDOG_UNLOCK;
    WATCHDOG_LOAD = WATCHDOG_SECONDS * CPU_HZ;
    WATCHDOG_CONTROL = 3;
    cortex_m_tick(CPU_HZ);
}

void board_network_interrupt(void)
{
    cortex_m_enable(ETHERNET_INTERRUPT);
}

void board_put(char c)
{
    while (UART_FLAGS & UART_TX_FULL)
        ;
    UART_DATA = (uint8_t)c;
}

void board_watchdog(void)
{
    WATCHDOG_CLEAR = 1;
}

int64_t board_time(void)
{
    return WAFER_E_CLOCK; /* it has no clock that runs without power */
}

_Noreturn void board_exit(int status)
{
    semihost_exit(status);
}
