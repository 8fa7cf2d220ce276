/* Starts lwIP on the board's interface, runs it while somebody waits, and waits for addresses and names. */
#include "wafer_lwip.h"
#include <string.h>
#include "internal.h"
#include "lwip/dhcp.h"
#include "lwip/dns.h"
#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/timeouts.h"

/* A network that has routers shows them in this time: three solicitations four
 * seconds apart (RFC 4861 6.3.7), and the tests for duplicates (RFC 4862 5.4). */
#define ROUTER_MS 15000u
#define DHCP_MS   5000u /* how long IPv4 is waited for where IPv6 is there already */

const struct wafer_lwip_device *wafer_lwip_device;
static struct netif netif;
static uint32_t started_ms;

uint32_t sys_now(void)
{
    return wafer_lwip_device->monotonic_ms();
}

/* These numbers only have to be hard to guess; a device that has no entropy yet
 * may still want an address. It makes no keys then. */
uint32_t wafer_lwip_random(void)
{
    static uint32_t counter;
    uint32_t number;
    int rc = wafer_lwip_device->entropy(&number, sizeof number);
    if (rc < 0) {
        counter += sys_now() * 2654435761u + 1;
        number = counter;
    }
    return number;
}

int wafer_lwip_start(const struct wafer_lwip_device *device)
{
    wafer_lwip_device = device;
    lwip_init();
#if LWIP_IPV4
    ip4_addr_t none = {0};
    const struct netif *added = netif_add(&netif, &none, &none, &none, NULL, device->netif_init, netif_input);
    if (added == NULL)
        return WAFER_E_NETWORK;
#endif
    netif_set_default(&netif);
#if LWIP_IPV6
    netif_create_ip6_linklocal_address(&netif, 1);
    netif.ip6_autoconfig_enabled = 1; /* lwIP's macro would test the address of netif */
#endif
    netif_set_up(&netif);
    started_ms = sys_now();
    err_t rc = dhcp_start(&netif);
    if (rc != ERR_OK)
        return WAFER_E_NETWORK;
    return 0;
}

struct netif *wafer_lwip_netif(void)
{
    return &netif;
}

int wafer_lwip_poll(void)
{
    wafer_lwip_device->netif_poll(&netif);
    sys_check_timeouts();
    return wafer_lwip_device->idle();
}

uint32_t wafer_lwip_left(uint32_t start, uint32_t timeout_ms)
{
    uint32_t passed = sys_now() - start;
    return passed < timeout_ms ? timeout_ms - passed : 0;
}

int wafer_lwip_run(bool (*ready)(const void *ctx), const void *ctx, uint32_t timeout_ms)
{
    uint32_t start = sys_now();
    for (;;) {
        int rc = wafer_lwip_poll();
        if (rc < 0)
            return rc;
        if (ready(ctx))
            return 0;
        if (wafer_lwip_left(start, timeout_ms) == 0)
            return WAFER_E_TIMEOUT;
        wafer_lwip_device->sleep();
    }
}

#if LWIP_IPV6
bool wafer_lwip_duplicate(void)
{
    for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
        if (ip6_addr_isduplicated(netif_ip6_addr_state(&netif, i)))
            return true;
    return false;
}

/* lwIP makes its link-local address at the start, the others of routers' prefixes. */
static bool has_ipv6(void)
{
    for (int i = 1; i < LWIP_IPV6_NUM_ADDRESSES; i++)
        if (ip6_addr_isvalid(netif_ip6_addr_state(&netif, i)))
            return true;
    return false;
}

static bool ipv6_is_settled(const void *ctx)
{
    (void)ctx;
    return has_ipv6() || wafer_lwip_duplicate();
}

int wafer_lwip_wait_ipv6(const ip_addr_t *address, uint32_t timeout_ms)
{
    uint32_t left = wafer_lwip_left(started_ms, ROUTER_MS);
    if (!IP_IS_V6(address) || ip6_addr_islinklocal(ip_2_ip6(address)))
        return 0;
    int rc = wafer_lwip_run(ipv6_is_settled, NULL, left < timeout_ms ? left : timeout_ms);
    if (rc < 0 && rc != WAFER_E_TIMEOUT)
        return rc;
    if (!has_ipv6())
        return WAFER_E_CONNECT;
    return 0;
}
#else
bool wafer_lwip_duplicate(void)
{
    return false;
}
#endif

static bool has_address(const void *ctx)
{
    bool found = dhcp_supplied_address(&netif) != 0;
    (void)ctx;
#if LWIP_IPV6
    /* A router's name server takes the place of DHCP's: keep that as the second. */
    if (found && IP_IS_V4(dns_getserver(0)) && ip_addr_isany(dns_getserver(1)))
        dns_setserver(1, dns_getserver(0));
    found = found || (wafer_lwip_left(started_ms, DHCP_MS) == 0 && has_ipv6());
#endif
    return found;
}

int wafer_lwip_wait_address(uint32_t timeout_ms)
{
    return wafer_lwip_run(has_address, NULL, timeout_ms);
}

/* --- names -------------------------------------------------------------------- */

/* One question at a time. The number tells a late answer to a question that was
 * given up from the answer to the present one. */
static struct {
    uintptr_t number;
    bool answered, found;
    ip_addr_t address;
} question;

static void on_answer(const char *name, const ip_addr_t *address, void *arg)
{
    (void)name;
    if ((uintptr_t)arg != question.number)
        return;
    question.answered = true;
    question.found = address != NULL;
    if (address != NULL)
        question.address = *address;
}

static bool is_answered(const void *ctx)
{
    (void)ctx;
    return question.answered;
}

/* 0, or WAFER_E_RESOLVE where it is of the other family. */
static int check_type(const ip_addr_t *address, uint8_t type)
{
    (void)address; /* with one family the macro does not look at it */
    uint8_t found = IP_IS_V6(address) ? LWIP_DNS_ADDRTYPE_IPV6 : LWIP_DNS_ADDRTYPE_IPV4;
    if (found != type)
        return WAFER_E_RESOLVE;
    return 0;
}

/* A question, and what lwIP said when it was asked. */
struct asking {
    const char *host;
    ip_addr_t *address;
    err_t *said;
    uint8_t type;
};

/* Asks, if lwIP's table has room: a name that was given up holds its place until lwIP gives up its servers, too. */
static bool is_asked(const void *ctx)
{
    const struct asking *asking = ctx;
    *asking->said = dns_gethostbyname_addrtype(asking->host, asking->address, on_answer, (void *)question.number,
                                               asking->type);
    return *asking->said != ERR_MEM;
}

int wafer_lwip_resolve(const char *host, uint8_t type, ip_addr_t *address, uint32_t timeout_ms)
{
    uint32_t start = sys_now();
    err_t said;
    const struct asking asking = {host, address, &said, type};
    bool literal = ipaddr_aton(host, address) != 0;
    if (literal)
        return check_type(address, type);
    question.number++;
    question.answered = false;
    int rc = wafer_lwip_run(is_asked, &asking, timeout_ms);
    if (rc < 0)
        return rc;
    if (said == ERR_OK)
        return check_type(address, type);
    if (said != ERR_INPROGRESS)
        return WAFER_E_RESOLVE;
    rc = wafer_lwip_run(is_answered, NULL, wafer_lwip_left(start, timeout_ms));
    question.number++;
    if (rc < 0)
        return rc;
    if (!question.found)
        return WAFER_E_RESOLVE;
    *address = question.address;
    return check_type(address, type);
}

/* --- of struct wafer_port: what the device gives ---------------------------------- */

uint32_t wafer_lwip_monotonic_ms(void *ctx)
{
    (void)ctx;
    return wafer_lwip_device->monotonic_ms();
}

int64_t wafer_lwip_wall_time(void *ctx)
{
    (void)ctx;
    return wafer_lwip_device->wall_time();
}

int wafer_lwip_entropy(void *ctx, void *data, size_t len)
{
    (void)ctx;
    return wafer_lwip_device->entropy(data, len);
}

int wafer_lwip_idle(void *ctx)
{
    (void)ctx;
    return wafer_lwip_poll();
}
