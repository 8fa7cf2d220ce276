/* ARM MPS2 with the AN385 image: Cortex-M3 at 25 MHz, CMSDK UART and watchdog,
 * LAN9118. */
#include "board.h"
#include "cortex_m.h"
#include "lan9118.h"
#include "semihost.h"

#define REG(address)     (*(volatile uint32_t *)(address))
#define UART_DATA        REG(0x40004000u)
#define UART_STATE       REG(0x40004004u)
#define UART_CTRL        REG(0x40004008u)
#define UART_BAUDDIV     REG(0x40004010u)
#define WATCHDOG_LOAD    REG(0x40008000u)
#define WATCHDOG_CONTROL REG(0x40008008u)
#define WATCHDOG_CLEAR   REG(0x4000800cu)
#define WATCHDOG_LOCK    REG(0x40008c00u)
#define WATCHDOG_UNLOCK  0x1acce551u

#define CPU_HZ             25000000u
#define ETHERNET_INTERRUPT 13
#define WATCHDOG_SECONDS   30u /* it restarts the board at the second expiry */

volatile uint32_t *const lan9118_base = (volatile uint32_t *)0x40200000u;

CORTEX_M_INTERRUPTS([ETHERNET_INTERRUPT] = lan9118_receive);

void board_init(void)
{
    UART_BAUDDIV = 16;
    UART_CTRL = 1;
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
    while (UART_STATE & 1)
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
