/* The network driver: three functions. boards/common/lan9118.c is a whole one for a
 * chip with FIFOs, boards/emcraft-sf2/emac.c for one with DMA. */
#include "nic.h"
#include "words.h"

void nic_interrupt(void);

void nic_start(const uint8_t address[6])
{
    (void)address;
}

/* Waits until the chip has taken the frame: lwIP frees it after the return. */
void nic_send(const struct pbuf *frame)
{
    struct words words = {frame, 0};
    for (unsigned left = frame->tot_len; left > 0; left -= left < 4 ? left : 4)
        (void)words_next(&words); /* to the FIFO */
}

/* For each frame that has come: a buffer, its octets, nic_frame. */
void nic_interrupt(void)
{
    struct pbuf *frame = words_frame(60, false);
    struct words words = {frame, 0};
    for (unsigned left = 60; left > 0; left -= 4)
        words_put(&words, 0, 0);
    nic_frame(frame);
}
