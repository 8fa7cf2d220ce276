/* The network driver of the LAN9118, a chip with FIFOs; lan9118_base is the board's. */
#include "lan9118.h"
#include "nic.h"
#include "words.h"

enum { /* registers, in words */
       RX_DATA = 0x00 / 4,
       TX_DATA = 0x20 / 4,
       RX_STATUS = 0x40 / 4,
       TX_STATUS = 0x48 / 4,
       IRQ_CFG = 0x54 / 4,
       INT_STS = 0x58 / 4,
       INT_EN = 0x5c / 4,
       FIFO_INT = 0x68 / 4,
       RX_CFG = 0x6c / 4,
       TX_CFG = 0x70 / 4,
       HW_CFG = 0x74 / 4,
       RX_FIFO_INF = 0x7c / 4,
       TX_FIFO_INF = 0x80 / 4,
       MAC_COMMAND = 0xa4 / 4,
       MAC_DATA = 0xa8 / 4
};
#define IRQ_ENABLE_HIGH_PUSH_PULL 0x111u
#define INT_RX_STATUS             8u /* more in the RX status FIFO than FIFO_INT says */
#define TX_ON                     2u
#define TX_FIFO_5K                0x00050000u
#define TX_FIRST_AND_LAST         0x3000u
#define MAC_BUSY                  0x80000000u
#define MAC_CR                    1u
#define MAC_ADDRH                 2u
#define MAC_ADDRL                 3u
#define MAC_FULL_DUPLEX_TX_RX     0x10000cu
#define MAC_ALL_MULTICAST         0x80000u /* IPv6 speaks to groups: routers, neighbours */

static void mac_write(uint32_t reg, uint32_t value)
{
    lan9118_base[MAC_DATA] = value;
    lan9118_base[MAC_COMMAND] = MAC_BUSY | reg;
    while (lan9118_base[MAC_COMMAND] & MAC_BUSY)
        ;
}

void nic_start(const uint8_t a[6])
{
    volatile uint32_t *base = lan9118_base;
    base[HW_CFG] = 1; /* reset */
    while (base[HW_CFG] & 1)
        ;
    base[HW_CFG] = TX_FIFO_5K;
    base[RX_CFG] = 0;
    base[TX_CFG] = TX_ON;
    mac_write(MAC_ADDRL, a[0] | (uint32_t)a[1] << 8 | (uint32_t)a[2] << 16 | (uint32_t)a[3] << 24);
    mac_write(MAC_ADDRH, a[4] | (uint32_t)a[5] << 8);
    mac_write(MAC_CR, MAC_FULL_DUPLEX_TX_RX | (LWIP_IPV6 ? MAC_ALL_MULTICAST : 0));
    base[FIFO_INT] = 0x48000000; /* interrupt at the first frame */
    base[INT_STS] = 0xffffffff;
    base[IRQ_CFG] = IRQ_ENABLE_HIGH_PUSH_PULL;
    base[INT_EN] = INT_RX_STATUS;
}

void nic_send(const struct pbuf *frame)
{
    struct words words = {frame, 0};
    lan9118_base[TX_DATA] = TX_FIRST_AND_LAST | frame->tot_len;
    lan9118_base[TX_DATA] = frame->tot_len;
    for (uint32_t n = (frame->tot_len + 3u) / 4; n > 0; n--)
        lan9118_base[TX_DATA] = words_next(&words);
    while ((lan9118_base[TX_FIFO_INF] >> 16 & 0xff) != 0)
        (void)lan9118_base[TX_STATUS];
}

void lan9118_receive(void)
{
    while ((lan9118_base[RX_FIFO_INF] >> 16 & 0xff) != 0) {
        uint32_t status = lan9118_base[RX_STATUS];
        uint32_t len = status >> 16 & 0x3fff; /* with the checksum */
        struct pbuf *frame = words_frame(len - 4, status & 0x8000);
        struct words words = {frame, 0};
        for (uint32_t n = (len + 3) / 4; n > 0; n--)
            words_put(&words, lan9118_base[RX_DATA], 0);
        nic_frame(frame);
    }
    lan9118_base[INT_STS] = INT_RX_STATUS;
}
