/* Ethernet of the SmartFusion2. Its DMA needs a buffer for the longest frame at
 * each place of its ring, so the ring is short and the interrupt empties it into
 * small buffers at once: many frames can wait while the CPU computes. */
#include "emac.h"
#include "nic.h"
#include "words.h"

#define REG(offset)    (*(volatile uint32_t *)(0x40041000u + (offset)))
#define MAC_CFG1       REG(0x000)
#define MAC_CFG2       REG(0x004)
#define MAX_FRAME      REG(0x010)
#define STATION1       REG(0x040)
#define STATION2       REG(0x044)
#define FIFO_CFG0      REG(0x048)
#define TX_CTL         REG(0x180)
#define TX_DESC        REG(0x184)
#define TX_STATUS      REG(0x188)
#define RX_CTL         REG(0x18c)
#define RX_DESC        REG(0x190)
#define RX_STATUS      REG(0x194)
#define INTERRUPT_MASK REG(0x198)

#define CFG1_RESET                    0x80000000u
#define CFG1_RX_TX                    5u
#define CFG2_FULL_DUPLEX_100M_CRC_PAD 0x7215u
#define FIFO_ENABLE                   0x1f00u
#define RX_OVERFLOW                   4u
#define RX_RECEIVED                   1u /* written: counts one down */
#define TX_SENT                       1u
#define INTERRUPT_RX                  (RX_RECEIVED << 4 | RX_OVERFLOW << 4)
#define EMPTY                         0x80000000u
#define SIZE_MASK                     0xfffu

#define RING         3
#define BUFFER_WORDS ((WAFER_LWIP_FRAME + 3) / 4)
#define SEND_WORDS   ((WAFER_LWIP_MTU + 14 + 3) / 4)

struct descriptor {
    uint32_t address, size, next;
};

static volatile struct descriptor ring[RING], sending;
static uint32_t buffers[RING][BUFFER_WORDS], send_buffer[SEND_WORDS];
static uint8_t at; /* next to be filled */

static uint32_t address_of(const volatile void *p)
{
    return (uint32_t)(uintptr_t)p;
}

void nic_start(const uint8_t a[6])
{
    MAC_CFG1 = CFG1_RESET;
    MAC_CFG1 = 0;
    MAC_CFG2 = CFG2_FULL_DUPLEX_100M_CRC_PAD;
    MAX_FRAME = sizeof buffers[0];
    FIFO_CFG0 = FIFO_ENABLE;
    STATION1 = (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];
    STATION2 = (uint32_t)a[4] << 24 | (uint32_t)a[5] << 16;
    for (unsigned i = 0; i < RING; i++) {
        ring[i].address = address_of(buffers[i]);
        ring[i].next = address_of(&ring[(i + 1) % RING]);
        ring[i].size = EMPTY;
    }
    sending.size = EMPTY;
    sending.next = address_of(&sending);
    RX_DESC = address_of(&ring[0]);
    MAC_CFG1 = CFG1_RX_TX;
    RX_CTL = 1;
    INTERRUPT_MASK = INTERRUPT_RX;
}

void nic_send(const struct pbuf *frame)
{
    if (frame->tot_len > sizeof send_buffer)
        return;
    while (!(sending.size & EMPTY))
        ;
    pbuf_copy_partial(frame, send_buffer, frame->tot_len, 0);
    sending.address = address_of(send_buffer);
    sending.size = frame->tot_len;
    TX_DESC = address_of(&sending);
    TX_CTL = 1;
    TX_STATUS = TX_SENT;
}

static void receive_one(volatile struct descriptor *descriptor)
{
    u16_t len = (u16_t)(descriptor->size & SIZE_MASK);
    struct pbuf *frame = words_frame(len, false);
    if (frame != NULL)
        pbuf_take(frame, (const void *)(uintptr_t)descriptor->address, len);
    descriptor->size = EMPTY;
    nic_frame(frame);
}

void emac_receive(void)
{
    while (!(ring[at].size & EMPTY)) {
        receive_one(&ring[at]);
        at = (uint8_t)((at + 1) % RING);
        RX_STATUS = RX_RECEIVED;
    }
    if (RX_STATUS & RX_OVERFLOW) { /* the DMA has stopped */
        RX_STATUS = RX_OVERFLOW;
        RX_DESC = address_of(&ring[at]);
        RX_CTL = 1;
    }
}
