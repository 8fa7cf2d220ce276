/* ARM Versatile Express with a Cortex-A9: CFI NOR, LAN9118, a clock. */
#include "board.h"
#include "lan9118.h"
#include "semihost.h"
#include "start.h"

#define REG(address) (*(volatile uint32_t *)(address))
#define UART_DATA    REG(0x10009000u)
#define UART_FLAGS   REG(0x10009018u)
#define UART_TX_FULL 0x20u
#define RTC_DATA     REG(0x10017000u)

volatile uint32_t *const lan9118_base = (volatile uint32_t *)0x4e000000u;

void board_init(void)
{
    start_tick();
}

void board_put(char c)
{
    while (UART_FLAGS & UART_TX_FULL)
        ;
    UART_DATA = (uint8_t)c;
}

void board_watchdog(void)
{
    /* QEMU emulates none for this board. */
}

int64_t board_time(void)
{
    uint32_t now = RTC_DATA;
    if (now < WAFER_BUILD_TIME)
        return WAFER_E_CLOCK;
    return now;
}

_Noreturn void board_exit(int status)
{
    semihost_exit(status);
}
