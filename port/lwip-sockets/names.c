/* Names. lwIP's getaddrinfo blocks for as long as the name server is silent and gives one address
 * of one family; so its resolver is asked directly, for both families at once. */
#include <stdbool.h>
#include <string.h>
#include "internal.h"
#include "lwip/dns.h"
#include "lwip/priv/tcpip_priv.h" /* tcpip_api_call: in lwIP's own thread or under its lock */
#include "lwip/sys.h"
#include "system.h"

/* IPv4 is tried first. */
static const uint8_t families[] = {
#if LWIP_IPV4
    LWIP_DNS_ADDRTYPE_IPV4,
#endif
#if LWIP_IPV6
    LWIP_DNS_ADDRTYPE_IPV6,
#endif
};
#define FAMILIES (sizeof families)

#define LOOK_MS 250 /* between two looks whether lwIP's table has room for a question again */

enum state { UNASKED, ASKED, NONE, FOUND };

struct answers {
    enum state states[FAMILIES];
    ip_addr_t addresses[FAMILIES];
};

/* The name that is being looked up. Only code in lwIP's thread touches it, but for `changed`. Its
 * questions have the numbers `first` and up, new ones for each name: the answer to a question that
 * was given up finds no question. */
static struct {
    uintptr_t first;
    struct answers answers;
    sys_sem_t changed;
} lookup;

/* What lwIP's thread is asked to do, and what it tells. */
struct call {
    struct tcpip_api_call_data api;
    const char *host;
    struct answers answers;
};

int wafer_lwip_sockets_names_init(void)
{
    if (sys_sem_valid(&lookup.changed)) {
        return 0;
    }
    err_t rc = sys_sem_new(&lookup.changed, 0);
    if (rc != ERR_OK) {
        return WAFER_E_NETWORK;
    }
    return 0;
}

/* --- in lwIP's thread -------------------------------------------------------------------------- */

static bool is_of(const ip_addr_t *address, uint8_t family)
{
    (void)address; /* with one family the macro does not look at it */
    return IP_IS_V6(address) ? family == LWIP_DNS_ADDRTYPE_IPV6 : family == LWIP_DNS_ADDRTYPE_IPV4;
}

static void settle(size_t i, const ip_addr_t *address)
{
    bool found = address != NULL && is_of(address, families[i]);

    lookup.answers.states[i] = found ? FOUND : NONE;
    if (found) {
        lookup.answers.addresses[i] = *address;
    }
}

static void on_answer(const char *name, const ip_addr_t *address, void *arg)
{
    size_t i = (uintptr_t)arg - lookup.first;

    (void)name;
    if (i < FAMILIES) {
        settle(i, address);
        sys_sem_signal(&lookup.changed);
    }
}

static void ask(const char *host, size_t i)
{
    ip_addr_t address;
    err_t rc = ERR_OK;
    bool literal = ipaddr_aton(host, &address) != 0;

    lookup.answers.states[i] = ASKED;
    if (!literal) {
        rc = dns_gethostbyname_addrtype(host, &address, on_answer, (void *)(lookup.first + i), families[i]);
    }
    if (rc == ERR_MEM) {
        lookup.answers.states[i] = UNASKED; /* the table is full of names that were given up */
    } else if (rc != ERR_INPROGRESS) {
        settle(i, rc == ERR_OK ? &address : NULL);
    }
}

/* Asks what is not yet asked, and tells the answers so far. */
static err_t look(struct tcpip_api_call_data *api)
{
    struct call *call = (struct call *)(void *)api;
    size_t i;

    for (i = 0; i < FAMILIES; i++) {
        if (lookup.answers.states[i] == UNASKED) {
            ask(call->host, i);
        }
    }
    call->answers = lookup.answers;
    return ERR_OK;
}

static err_t begin(struct tcpip_api_call_data *api)
{
    lookup.first += FAMILIES;
    memset(lookup.answers.states, 0, sizeof lookup.answers.states); /* UNASKED */
    return look(api);
}

static err_t give_up(struct tcpip_api_call_data *api)
{
    (void)api;
    lookup.first += FAMILIES;
    return ERR_OK;
}

/* --- in the caller's task ---------------------------------------------------------------------- */

/* How many questions have at least this state, and at most that. */
static size_t count(const struct call *call, enum state least, enum state most)
{
    size_t n = 0, i;

    for (i = 0; i < FAMILIES; i++) {
        n += call->answers.states[i] >= least && call->answers.states[i] <= most;
    }
    return n;
}

/* Waits until all questions have their answers. With one address in hand an answer that does not
 * come must not cost the whole deadline: it gets WAFER_SOCKETS_STAGGER_MS. */
static int await_answers(void *ctx, struct call *call, const struct deadline *deadline)
{
    struct deadline until = *deadline;
    bool found = false;

    while (count(call, UNASKED, ASKED) > 0) {
        uint32_t left = wafer_sockets_left(&until);
        int rc = wafer_sockets_idle(ctx);
        if (!found && count(call, FOUND, FOUND) > 0) {
            found = true;
            left = LWIP_MIN(left, WAFER_SOCKETS_STAGGER_MS);
            until = wafer_sockets_deadline(left);
        }
        if (rc < 0) {
            return rc;
        }
        if (left == 0) {
            return found ? 0 : WAFER_E_TIMEOUT;
        }
        (void)sys_arch_sem_wait(&lookup.changed, LWIP_MIN(left, LOOK_MS));
        (void)tcpip_api_call(look, &call->api);
    }
    if (count(call, FOUND, FOUND) == 0) {
        return WAFER_E_RESOLVE;
    }
    return 0;
}

static int look_up(void *ctx, struct call *call, const struct deadline *deadline)
{
    err_t rc = tcpip_api_call(begin, &call->api);

    if (rc != ERR_OK) {
        return WAFER_E_RESOLVE; /* no memory for the message: the answers are those of the name before */
    }
    return await_answers(ctx, call, deadline);
}

/* The list that a caller gets, until the next one. */
static struct entry {
    struct addrinfo info;
    union {
        struct sockaddr any;
#if LWIP_IPV4
        struct sockaddr_in four;
#endif
#if LWIP_IPV6
        struct sockaddr_in6 six;
#endif
    } address;
} entries[FAMILIES];

static void fill(struct entry *entry, const ip_addr_t *address, uint16_t tcp_port, struct addrinfo *next)
{
    memset(entry, 0, sizeof *entry);
#if LWIP_IPV4
    if (IP_IS_V4(address)) {
        struct sockaddr_in *four = &entry->address.four;
        entry->info.ai_addrlen = four->sin_len = sizeof *four;
        four->sin_family = AF_INET;
        four->sin_port = lwip_htons(tcp_port);
        inet_addr_from_ip4addr(&four->sin_addr, ip_2_ip4(address));
    }
#endif
#if LWIP_IPV6
    if (IP_IS_V6(address)) {
        struct sockaddr_in6 *six = &entry->address.six;
        entry->info.ai_addrlen = six->sin6_len = sizeof *six;
        six->sin6_family = AF_INET6;
        six->sin6_port = lwip_htons(tcp_port);
        six->sin6_scope_id = ip6_addr_zone(ip_2_ip6(address));
        inet6_addr_from_ip6addr(&six->sin6_addr, ip_2_ip6(address));
    }
#endif
    entry->info.ai_addr = &entry->address.any;
    entry->info.ai_family = entry->address.any.sa_family;
    entry->info.ai_next = next;
}

int wafer_sockets_resolve(void *ctx, const char *host, uint16_t tcp_port, const struct deadline *deadline,
                          struct addrinfo **list)
{
    struct call call = {.host = host};
    size_t i;
    int rc = look_up(ctx, &call, deadline);

    (void)tcpip_api_call(give_up, &call.api);
    *list = NULL;
    if (rc < 0) {
        return rc;
    }
    for (i = FAMILIES; i-- > 0;) {
        if (call.answers.states[i] == FOUND) {
            fill(&entries[i], &call.answers.addresses[i], tcp_port, *list);
            *list = &entries[i].info;
        }
    }
    return 0;
}

void wafer_sockets_forget(struct addrinfo *list)
{
    (void)list;
}
