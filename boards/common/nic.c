/* lwIP's interface over any network driver, with a queue between its interrupt and the main loop. */
#include "nic.h"
#include <string.h>
#include "board.h"
#include "config.h"
#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/sys.h"
#include "netif/ethernet.h"

/* Frames between the interrupt, which writes `put`, and the main loop, which
 * writes `got`. More than there are buffers cannot be waiting. */
#define QUEUE (PBUF_POOL_SIZE + 1)
static struct pbuf *queue[QUEUE];
static volatile uint8_t put, got;
static uint32_t drop_one_in, drop_state;

void nic_drop(uint32_t n)
{
    drop_one_in = n;
    drop_state = LWIP_RAND();
}

static int dropped(void)
{
    drop_state = drop_state * 1664525u + 1013904223u;
    return drop_one_in != 0 && (drop_state >> 8) % drop_one_in == 0;
}

void nic_frame(struct pbuf *frame)
{
    if (frame == NULL)
        return;
    uint8_t next = (uint8_t)((put + 1) % QUEUE);
    if (next == got) {
        pbuf_free(frame);
        return;
    }
    queue[put] = frame;
    __sync_synchronize();
    put = next;
}

static err_t output(struct netif *netif, struct pbuf *frame)
{
    (void)netif;
    if (!dropped())
        nic_send(frame);
    return ERR_OK;
}

err_t nic_netif_init(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->hwaddr_len = 6;
    memcpy(netif->hwaddr, config_address(), 6);
    netif->mtu = WAFER_LWIP_MTU;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    netif->output = etharp_output;
#if LWIP_IPV6
    netif->output_ip6 = ethip6_output;
    netif->flags |= NETIF_FLAG_MLD6;
#endif
    netif->linkoutput = output;
    nic_start(netif->hwaddr);
    board_network_interrupt();
    return ERR_OK;
}

void nic_netif_poll(struct netif *netif)
{
    while (got != put) {
        struct pbuf *frame = queue[got];
        got = (uint8_t)((got + 1) % QUEUE);
        err_t rc = dropped() ? ERR_BUF : netif->input(frame, netif);
        if (rc != ERR_OK)
            pbuf_free(frame);
    }
}

sys_prot_t sys_arch_protect(void)
{
    return board_lock();
}

void sys_arch_unprotect(sys_prot_t state)
{
    board_unlock(state);
}
