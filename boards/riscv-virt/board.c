/* QEMU's virt machine with a 32-bit RISC-V core: 16550 UART, virtio-net, CFI NOR, a clock. */
#include "board.h"
#include "riscv.h"
#include "virtio_net.h"

#define REG(address)     (*(volatile uint32_t *)(address))
#define UART_DATA        (*(volatile uint8_t *)0x10000000u)
#define UART_FORMAT      (*(volatile uint8_t *)0x10000003u)
#define UART_STATUS      (*(volatile uint8_t *)0x10000005u)
#define UART_8N1         3u
#define UART_TX_EMPTY    0x20u
#define RTC_LOW          REG(0x00101000u) /* reading it holds the other */
#define RTC_HIGH         REG(0x00101004u)
#define FINISHER         REG(0x00100000u)
#define FINISHER_PASS    0x5555u
#define FINISHER_FAIL    0x3333u
#define VIRTIO_BASE      0x10001000u
#define VIRTIO_STEP      0x1000u
#define VIRTIO_COUNT     8u
#define VIRTIO_INTERRUPT 1u /* of the first */

volatile uint32_t *virtio_net_base;
static unsigned network_interrupt;

void board_init(void)
{
    UART_FORMAT = UART_8N1;
    for (unsigned i = 0; i < VIRTIO_COUNT; i++) {
        volatile uint32_t *base = (volatile uint32_t *)(VIRTIO_BASE + i * VIRTIO_STEP);
        if (virtio_net_is_at(base)) {
            virtio_net_base = base;
            network_interrupt = VIRTIO_INTERRUPT + i;
        }
    }
    riscv_start();
}

void board_network_interrupt(void)
{
    if (virtio_net_base != NULL)
        riscv_enable(network_interrupt);
}

/* No other is enabled. */
void board_interrupt(unsigned source)
{
    if (source == network_interrupt)
        virtio_net_receive();
}

void board_put(char c)
{
    while (!(UART_STATUS & UART_TX_EMPTY))
        ;
    UART_DATA = (uint8_t)c;
}

void board_watchdog(void)
{
    /* The machine has none. */
}

int64_t board_time(void)
{
    uint64_t low = RTC_LOW;
    int64_t now = (int64_t)(((uint64_t)RTC_HIGH << 32 | low) / 1000000000u);
    if (now < WAFER_BUILD_TIME)
        return WAFER_E_CLOCK;
    return now;
}

_Noreturn void board_exit(int status)
{
    FINISHER = status == 0 ? FINISHER_PASS : (uint32_t)status << 16 | FINISHER_FAIL;
    for (;;)
        ;
}
