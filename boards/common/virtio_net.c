/* The network driver of virtual machines: two rings of buffers in RAM that the host reads and writes.
 * The ring of received frames is short, and the interrupt empties it into small buffers at
 * once: many frames can wait while the CPU computes. A host that finds the ring full waits. */
#include "virtio_net.h"
#include "nic.h"
#include "words.h"

enum { /* registers, in words */
       MAGIC = 0x00 / 4,
       VERSION = 0x04 / 4,
       DEVICE = 0x08 / 4,
       OFFERED = 0x10 / 4,
       OFFERED_WORD = 0x14 / 4,
       TAKEN = 0x20 / 4,
       TAKEN_WORD = 0x24 / 4,
       PAGE_SIZE = 0x28 / 4, /* version 1 */
       QUEUE = 0x30 / 4,
       QUEUE_LENGTH = 0x38 / 4,
       QUEUE_ALIGN = 0x3c / 4, /* version 1 */
       QUEUE_PAGE = 0x40 / 4,  /* version 1 */
       QUEUE_READY = 0x44 / 4,
       NOTIFY = 0x50 / 4,
       INTERRUPTS = 0x60 / 4,
       ACKNOWLEDGE = 0x64 / 4,
       STATUS = 0x70 / 4,
       DESCRIPTORS = 0x80 / 4, /* 64 bits each */
       AVAILABLE = 0x90 / 4,
       USED = 0xa0 / 4,
       CONFIGURATION = 0x100 / 4
};
#define IS_VIRTIO     0x74726976u
#define IS_NETWORK    1u
#define LEGACY        1u
#define DRIVER        3u /* status: acknowledged, there is a driver */
#define FEATURES_OK   8u
#define DRIVER_OK     4u
#define ANY_LAYOUT    (1u << 27) /* header and frame in one buffer */
#define VERSION_1     1u         /* in the second word of features */
#define RECEIVED      0u         /* numbers of the queues */
#define SENT          1u
#define DEVICE_WRITES 2u /* flag of a descriptor */
#define NO_INTERRUPT  1u /* flag of a ring */
#define HEADER_LEGACY 10u
#define HEADER        12u
#define RING          4u
#define ALIGN         64u
#define BUFFER        (HEADER + WAFER_LWIP_FRAME)

struct queue {
    struct {
        uint32_t address, high, len;
        uint16_t flags, next;
    } descriptor[RING];
    struct {
        uint16_t flags, count, ring[RING], unused;
    } available;
    struct {
        uint16_t flags, count;
        struct {
            uint32_t number, len;
        } ring[RING];
    } used __attribute__((aligned(ALIGN)));
};

static volatile struct queue receiving __attribute__((aligned(ALIGN))),
    sending __attribute__((aligned(ALIGN)));
static uint8_t buffers[RING][BUFFER], send_buffer[HEADER + WAFER_LWIP_MTU + 14];
static uint16_t seen;            /* of receiving.used.count */
static uint32_t header = HEADER; /* before each frame */

static uint32_t address_of(const volatile void *p)
{
    return (uint32_t)(uintptr_t)p;
}

bool virtio_net_is_at(const volatile uint32_t *base)
{
    return base[MAGIC] == IS_VIRTIO && base[DEVICE] == IS_NETWORK;
}

static void set_address(unsigned reg, const volatile void *p)
{
    virtio_net_base[reg] = address_of(p);
    virtio_net_base[reg + 1] = 0;
}

static void start_queue(unsigned number, volatile struct queue *queue)
{
    virtio_net_base[QUEUE] = number;
    virtio_net_base[QUEUE_LENGTH] = RING;
    if (virtio_net_base[VERSION] == LEGACY) {
        virtio_net_base[QUEUE_ALIGN] = ALIGN;
        virtio_net_base[QUEUE_PAGE] = address_of(queue) / ALIGN;
        return;
    }
    set_address(DESCRIPTORS, queue->descriptor);
    set_address(AVAILABLE, &queue->available);
    set_address(USED, &queue->used);
    virtio_net_base[QUEUE_READY] = 1;
}

/* Hands a descriptor to the device. */
static void offer(volatile struct queue *queue, unsigned number)
{
    queue->available.ring[queue->available.count % RING] = (uint16_t)number;
    __sync_synchronize();
    queue->available.count++;
    __sync_synchronize();
}

/* Whether the device takes what this driver needs, and nothing else. */
static bool agree(void)
{
    bool legacy = virtio_net_base[VERSION] == LEGACY;
    uint32_t word = legacy ? 0 : 1, needed = legacy ? ANY_LAYOUT : VERSION_1;
    virtio_net_base[OFFERED_WORD] = word;
    bool offered = virtio_net_base[OFFERED] & needed;
    virtio_net_base[TAKEN_WORD] = 0;
    virtio_net_base[TAKEN] = legacy ? needed : 0;
    if (legacy) {
        header = HEADER_LEGACY;
        virtio_net_base[PAGE_SIZE] = ALIGN;
        return offered;
    }
    virtio_net_base[TAKEN_WORD] = word;
    virtio_net_base[TAKEN] = needed;
    virtio_net_base[STATUS] = DRIVER | FEATURES_OK;
    return offered && (virtio_net_base[STATUS] & FEATURES_OK) != 0;
}

/* A device of version 2 has an address of its own that can't be set here; it takes frames for any
 * other as long as nobody asks it to choose (5.1.6.5). */
void nic_start(const uint8_t a[6])
{
    if (virtio_net_base == NULL)
        return;
    virtio_net_base[STATUS] = 0; /* reset */
    virtio_net_base[STATUS] = DRIVER;
    bool agreed = agree();
    if (!agreed) {
        virtio_net_base = NULL;
        return;
    }
    for (unsigned i = 0; i < 6 && header == HEADER_LEGACY; i++)
        ((volatile uint8_t *)&virtio_net_base[CONFIGURATION])[i] = a[i];
    for (unsigned i = 0; i < RING; i++) {
        receiving.descriptor[i].address = address_of(buffers[i]);
        receiving.descriptor[i].len = header + WAFER_LWIP_FRAME;
        receiving.descriptor[i].flags = DEVICE_WRITES;
        offer(&receiving, i);
    }
    sending.available.flags = NO_INTERRUPT;
    sending.descriptor[0].address = address_of(send_buffer);
    start_queue(RECEIVED, &receiving);
    start_queue(SENT, &sending);
    virtio_net_base[STATUS] |= DRIVER_OK;
    virtio_net_base[NOTIFY] = RECEIVED;
}

/* Nothing of the header is used: it stays zero. */
void nic_send(const struct pbuf *frame)
{
    if (virtio_net_base == NULL || frame->tot_len > sizeof send_buffer - HEADER)
        return;
    pbuf_copy_partial(frame, send_buffer + header, frame->tot_len, 0);
    sending.descriptor[0].len = header + frame->tot_len;
    offer(&sending, 0);
    virtio_net_base[NOTIFY] = SENT;
    while (sending.used.count != sending.available.count)
        ;
    __sync_synchronize();
}

static void receive_one(unsigned number, uint32_t len)
{
    struct pbuf *frame = number < RING && len > header ? words_frame(len - header, false) : NULL;
    if (frame != NULL)
        pbuf_take(frame, buffers[number] + header, (u16_t)(len - header));
    nic_frame(frame);
    if (number < RING)
        offer(&receiving, number);
}

void virtio_net_receive(void)
{
    virtio_net_base[ACKNOWLEDGE] = virtio_net_base[INTERRUPTS];
    for (; seen != receiving.used.count; seen++) {
        __sync_synchronize();
        receive_one(receiving.used.ring[seen % RING].number, receiving.used.ring[seen % RING].len);
    }
    virtio_net_base[NOTIFY] = RECEIVED;
}
