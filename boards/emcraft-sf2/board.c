/* Emcraft's SmartFusion2 module: Cortex-M3 of the M2S010 with 64 KiB of RAM,
 * 256 KiB of flash, SPI NOR, Ethernet with DMA. */
#include "board.h"
#include "cortex_m.h"
#include "emac.h"
#include "semihost.h"

#define REG(address)  (*(volatile uint32_t *)(address))
#define UART_DATA     REG(0x40000000u)
#define UART_STATUS   REG(0x40000014u)
#define UART_TX_READY 0x20u

#define CPU_HZ             142000000u
#define ETHERNET_INTERRUPT 12

CORTEX_M_INTERRUPTS([ETHERNET_INTERRUPT] = emac_receive);

void board_init(void)
{
    cortex_m_tick(CPU_HZ);
}

void board_put(char c)
{
    while (!(UART_STATUS & UART_TX_READY))
        ;
    UART_DATA = (uint8_t)c;
}

void board_network_interrupt(void)
{
    cortex_m_enable(ETHERNET_INTERRUPT);
}

void board_watchdog(void)
{
    /* QEMU emulates none for this chip. */
}

int64_t board_time(void)
{
    return WAFER_E_CLOCK; /* QEMU emulates none */
}

_Noreturn void board_exit(int status)
{
    semihost_exit(status);
}
