/* The port for lwIP without an operating system over lwIP's own loopback: the contract of port.h. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "lwip/netif.h"
#include "lwip/udp.h"
#include "port_contract.h"

#include "../../../port/lwip/tcp.c" /* its connections, to end and reset them behind its back */

/* --- the device: its interface swallows what it is to send ---------------------- */

static err_t swallow(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
    (void)netif, (void)p, (void)to;
    return ERR_OK;
}

static err_t swallow6(struct netif *netif, struct pbuf *p, const ip6_addr_t *to)
{
    (void)netif, (void)p, (void)to;
    return ERR_OK;
}

static err_t netif_begin(struct netif *netif)
{
    netif->output = swallow;
    netif->output_ip6 = swallow6;
    netif->mtu = WAFER_LWIP_MTU;
    netif->flags = NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

static bool vanished; /* whatever is sent to the other side, or from there, is lost */

static void poll_loopback(struct netif *netif)
{
    if (vanished && netif->loop_first != NULL) {
        pbuf_free(netif->loop_first);
        netif->loop_first = netif->loop_last = NULL;
    }
    netif_poll_all();
}

static uint32_t passed; /* milliseconds, which no test has waited for */

static uint32_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return passed + (uint32_t)((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}

static int64_t wall_time(void)
{
    return 1893456000;
}

static int entropy(void *data, size_t len)
{
    static uint8_t next;

    memset(data, ++next, len);
    return 0;
}

static void tick(void)
{
    struct timespec ms = {0, 1000000};

    nanosleep(&ms, NULL);
}

static const struct wafer_lwip_device device = {
    netif_begin, poll_loopback, milliseconds, wall_time, entropy, contract_idle, tick,
};

sys_prot_t sys_arch_protect(void)
{
    return 0; /* nothing interrupts */
}

void sys_arch_unprotect(sys_prot_t level)
{
    (void)level;
}

/* --- what the contract asks for ------------------------------------------------- */

static uint16_t port_of(int handle)
{
    assert_in_range(handle, CONNECTIONS, CONNECTIONS + LISTENERS - 1);
    return listeners[handle - CONNECTIONS]->local_port;
}

static void half_close(int handle)
{
    assert_int_equal(tcp_shutdown(connections[handle].pcb, 0, 1), ERR_OK);
}

static void reset(int handle)
{
    drop(&connections[handle]);
}

/* Addresses as a DHCP server and a router would give them. */
static void set_addresses(struct netif *netif)
{
    ip4_addr_t address, mask;
    ip6_addr_t six;

    IP4_ADDR(&address, 192, 0, 2, 1);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    netif_set_addr(netif, &address, &mask, IP4_ADDR_ANY4);
    assert_true(ip6addr_aton("2001:db8::1", &six));
    netif_ip6_addr_set(netif, 1, &six);
    netif_ip6_addr_set_state(netif, 1, IP6_ADDR_VALID);
}

static int set_up(void **state)
{
    (void)state;
    if (wafer_lwip_start(&device) < 0) {
        return -1;
    }
    set_addresses(wafer_lwip_netif());
    contract.port = wafer_lwip_port;
    contract.port_of = port_of;
    contract.half_close = half_close;
    contract.reset = reset;
    contract.silent = "192.0.2.9";
    contract.silent_port = 80;
    contract.ipv6 = true;
    return 0;
}

static void test_listen_errors(void **state)
{
    (void)state;
    assert_int_equal(port_listen(NULL, "localhost", 0), WAFER_E_ADDRESS_DENIED); /* addresses only */
}

/* --- names ------------------------------------------------------------------------ */

/* A name server that knows ca.test, and is silent about all else. */
static void on_question(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, u16_t port)
{
    static const uint8_t answer[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1};
    uint8_t packet[128];
    size_t len = pbuf_copy_partial(p, packet, sizeof packet - sizeof answer, 0);

    (void)arg;
    pbuf_free(p);
    if (len < 20 || memcmp(packet + 12, "\2ca\4test", 9) != 0) {
        return;
    }
    packet[2] |= 0x80; /* an answer, with one record */
    packet[7] = 1;
    memcpy(packet + len, answer, sizeof answer);
    p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)(len + sizeof answer), PBUF_RAM);
    assert_non_null(p);
    assert_int_equal(pbuf_take(p, packet, p->tot_len), ERR_OK);
    (void)udp_sendto(pcb, p, from, port);
    pbuf_free(p);
}

static int resolve(const char *host, uint32_t timeout_ms)
{
    ip_addr_t address;

    return wafer_lwip_resolve(host, LWIP_DNS_ADDRTYPE_IPV4, &address, timeout_ms);
}

/* A name that nobody tells of, such as that of an NTP server, does not stand in the way of the next one: that waits until
 * lwIP has room for it, as long as it may. */
static void test_names_do_not_block_each_other(void **state)
{
    struct udp_pcb *server = udp_new();
    ip_addr_t here;

    (void)state;
    assert_non_null(server);
    assert_int_equal(ipaddr_aton("127.0.0.1", &here), 1);
    assert_int_equal(udp_bind(server, IP_ADDR_ANY, 53), ERR_OK);
    udp_recv(server, on_question, NULL);
    dns_setserver(0, &here);
    assert_int_equal(resolve("ca.test", 5000), 0);
    for (int round = 0; round < 2; round++) {
        const char *silent = round == 0 ? "ntp.test" : "time.test";
        assert_int_equal(resolve(silent, 50), WAFER_E_TIMEOUT);
        assert_int_equal(resolve("other.test", 50), WAFER_E_TIMEOUT); /* waits for room in its time, and no longer */
        assert_int_equal(resolve(silent, 50), WAFER_E_TIMEOUT);       /* the same one again */
        assert_int_equal(resolve("ca.test", 60000), 0);
    }
    udp_remove(server);
}

/* --- closing ---------------------------------------------------------------------- */

static void let_pass(uint32_t ms)
{
    for (uint32_t at = 0; at < ms; at += 100) {
        passed += 100;
        assert_int_equal(wafer_lwip_poll(), 0);
    }
}

static size_t count_pcbs(uint16_t local_port)
{
    size_t n = 0;

    for (const struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
        n += pcb->local_port == local_port;
    }
    return n;
}

/* A client that is connected to the listener. Returns the handle of its end, *arrived is the server's. */
static int connect_client(int listener, int *arrived)
{
    int client = contract.port.connect(NULL, "192.0.2.1", port_of(listener), 5000);

    assert_true(client >= 0);
    *arrived = contract.port.accept(NULL, listener);
    assert_true(*arrived >= 0);
    return client;
}

static void fill(int handle)
{
    static uint8_t data[1000];

    while (contract.port.write(NULL, handle, data, sizeof data, 0) > 0) {}
}

/* Of a client that is gone, or that reads nothing and says that it is there, nothing is left after a while. */
static void test_closing_ends(void **state)
{
    (void)state;
    for (int gone = 0; gone < 2; gone++) {
        int arrived, listener = contract.port.listen(NULL, NULL, 0);
        uint16_t tcp_port = port_of(listener);
        int client = connect_client(listener, &arrived);
        fill(arrived);
        vanished = gone != 0;
        contract.port.close(NULL, arrived);
        let_pass(5000);
        assert_int_equal(count_pcbs(tcp_port), 1); /* it has its chance */
        let_pass(8000);
        assert_int_equal(count_pcbs(tcp_port), 0);
        vanished = false;
        contract.port.close(NULL, client);
        contract.port.close(NULL, listener);
        let_pass(60000);
    }
}

/* Whether a client that is not the port's own, and takes no place in its table, is let in. */
static bool is_let_in(int listener)
{
    struct tcp_pcb *pcb = tcp_new();
    ip_addr_t here;
    int arrived = WAFER_E_AGAIN;

    assert_non_null(pcb);
    assert_int_equal(ipaddr_aton("192.0.2.1", &here), 1);
    assert_int_equal(tcp_connect(pcb, &here, port_of(listener), NULL), ERR_OK);
    for (int polls = 0; polls < 20 && arrived < 0; polls++) {
        let_pass(100);
        arrived = contract.port.accept(NULL, listener);
    }
    if (arrived >= 0) {
        tcp_abort(pcb);
        contract.port.close(NULL, arrived);
    }
    return arrived >= 0;
}

static err_t let_in(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg, (void)pcb, (void)err;
    return ERR_OK;
}

/* However many clients come, the CA's connection has room. */
static void test_room_for_the_ca(void **state)
{
    int listener = contract.port.listen(NULL, NULL, 0);

    (void)state;
    for (int i = 0; i < CONNECTIONS - 1; i++) {
        contract.port.close(NULL, i); /* of tests before */
        connections[i].state = OPEN;  /* clients, who are gone */
    }
    assert_false(is_let_in(listener));
    connections[0].outgoing = true;
    assert_true(is_let_in(listener));
    connections[0].outgoing = false;
    struct tcp_pcb *ca = tcp_new();
    assert_int_equal(tcp_bind(ca, IP_ADDR_ANY, 0), ERR_OK);
    ca = tcp_listen(ca); /* takes no place in the port's table either */
    tcp_accept(ca, let_in);
    int handle = contract.port.connect(NULL, "192.0.2.1", ca->local_port, 2000);
    assert_int_equal(handle, CONNECTIONS - 1);
    contract.port.close(NULL, handle);
    assert_int_equal(tcp_close(ca), ERR_OK);
    memset(connections, 0, sizeof connections);
    contract.port.close(NULL, listener);
    let_pass(60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TESTS,
        cmocka_unit_test(test_listen_errors),
        cmocka_unit_test(test_names_do_not_block_each_other),
        cmocka_unit_test(test_closing_ends),
        cmocka_unit_test(test_room_for_the_ca),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
