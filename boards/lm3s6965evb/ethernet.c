/* The network driver of the LM3S6965: one FIFO for each direction, read and written a word at a time. */
#include "ethernet.h"
#include "nic.h"
#include "words.h"

#define REG(offset) (*(volatile uint32_t *)(0x40048000u + (offset)))
#define STATUS      REG(0x00) /* written: acknowledges */
#define MASK        REG(0x04)
#define RX_CONTROL  REG(0x08)
#define TX_CONTROL  REG(0x0c)
#define DATA        REG(0x10)
#define ADDRESS0    REG(0x14)
#define ADDRESS1    REG(0x18)
#define PACKETS     REG(0x34)
#define TX_REQUEST  REG(0x38)

#define RX_INTERRUPT      1u
#define RX_ENABLE         1u
#define RX_REJECT_BAD     8u
#define RX_RESET          16u
#define TX_ENABLE_PAD_CRC 7u
#define TX_START          1u
#define HEADER            14u

void nic_start(const uint8_t a[6])
{
    ADDRESS0 = a[0] | (uint32_t)a[1] << 8 | (uint32_t)a[2] << 16 | (uint32_t)a[3] << 24;
    ADDRESS1 = a[4] | (uint32_t)a[5] << 8;
    RX_CONTROL = RX_RESET;
    RX_CONTROL = RX_ENABLE | RX_REJECT_BAD;
    TX_CONTROL = TX_ENABLE_PAD_CRC;
    STATUS = RX_INTERRUPT;
    MASK = RX_INTERRUPT;
}

/* The first two octets in the FIFO are the length of the payload. */
void nic_send(const struct pbuf *frame)
{
    struct words words = {frame, 0};
    uint32_t left = frame->tot_len + 2u;
    while (TX_REQUEST & TX_START)
        ;
    uint32_t word = frame->tot_len - HEADER;
    word |= (uint32_t)words_octet(&words) << 16;
    word |= (uint32_t)words_octet(&words) << 24;
    for (;;) {
        DATA = word;
        if (left <= 4)
            break;
        left -= 4;
        word = words_next(&words);
    }
    TX_REQUEST = TX_START;
}

/* The length counts itself (2 octets), the frame and its checksum (4). So the
 * frame lies two octets beside the words, and is moved in its buffer. */
static void receive_one(void)
{
    uint32_t word = DATA;
    uint32_t len = word & 0xffff;
    struct pbuf *frame = words_frame(len - 6, len < 6);
    struct words words = {frame, 0};
    words_put(&words, word, 2);
    for (uint32_t left = len; left > 4; left -= 4)
        words_put(&words, DATA, 0);
    nic_frame(frame);
}

void ethernet_receive(void)
{
    STATUS = RX_INTERRUPT;
    while (PACKETS & 0x3f)
        receive_one();
}
