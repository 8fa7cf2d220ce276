/* lwIP on the host: its thread and its interfaces; see stack.h. */
#include "stack.h"
#include <string.h>
#include "lwip/dhcp.h"
#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/priv/tcpip_priv.h"
#include "lwip/sys.h"
#include "user_network.h"

static struct netif silent, ethernet;

/* --- the interface that swallows ----------------------------------------------- */

static err_t swallow(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
    (void)netif, (void)p, (void)to;
    return ERR_OK;
}

static err_t init_silent(struct netif *netif)
{
    netif->output = swallow;
    netif->mtu = 1500;
    netif->flags = NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

struct start {
    void (*then)(void);
    sys_sem_t done;
};

static void started(void *arg)
{
    struct start *start = arg;
    ip4_addr_t address, mask;

    IP4_ADDR(&address, 192, 0, 2, 1);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    netif_add(&silent, &address, &mask, IP4_ADDR_ANY4, NULL, init_silent, tcpip_input);
    netif_set_up(&silent);
    if (start->then != NULL) {
        start->then();
    }
    sys_sem_signal(&start->done);
}

void stack_start(void (*then)(void))
{
    struct start start = {.then = then};

    if (sys_sem_new(&start.done, 0) != ERR_OK) {
        stack_assert("no semaphore");
    }
    tcpip_init(started, &start);
    sys_sem_wait(&start.done);
    sys_sem_free(&start.done);
}

/* --- Ethernet ------------------------------------------------------------------ */

static err_t transmit(struct netif *netif, struct pbuf *p)
{
    uint8_t frame[USER_NETWORK_FRAME];

    (void)netif;
    user_network_send(frame, pbuf_copy_partial(p, frame, sizeof frame, 0));
    return ERR_OK;
}

static err_t init_ethernet(struct netif *netif)
{
    static const uint8_t address[] = USER_NETWORK_GUEST_MAC;

    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->output = etharp_output;
    netif->output_ip6 = ethip6_output;
    netif->linkoutput = transmit;
    netif->mtu = 1500;
    netif->hwaddr_len = sizeof address;
    memcpy(netif->hwaddr, address, sizeof address);
    netif->flags =
        NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP | NETIF_FLAG_MLD6;
    return ERR_OK;
}

void stack_receive(const void *frame, size_t len)
{
    struct pbuf *p = len <= USER_NETWORK_FRAME ? pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_POOL) : NULL;

    if (p == NULL) {
        return; /* lost, as a driver without buffers would */
    }
    pbuf_take(p, frame, (u16_t)len);
    if (ethernet.input(p, &ethernet) != ERR_OK) {
        pbuf_free(p);
    }
}

static err_t join(struct tcpip_api_call_data *call)
{
    (void)call;
    netif_add(&ethernet, NULL, NULL, NULL, NULL, init_ethernet, tcpip_input);
    netif_create_ip6_linklocal_address(&ethernet, 1);
    ethernet.ip6_autoconfig_enabled = 1;
    netif_set_default(&ethernet);
    netif_set_up(&ethernet);
    return dhcp_start(&ethernet);
}

static err_t has_addresses(struct tcpip_api_call_data *call)
{
    (void)call;
    return dhcp_supplied_address(&ethernet) && ip6_addr_isvalid(netif_ip6_addr_state(&ethernet, 1))
               ? ERR_OK
               : ERR_INPROGRESS;
}

void stack_join(void)
{
    struct tcpip_api_call_data call;

    if (tcpip_api_call(join, &call) != ERR_OK) {
        stack_assert("the interface does not start");
    }
    while (tcpip_api_call(has_addresses, &call) != ERR_OK) {
        sys_msleep(10);
    }
}
