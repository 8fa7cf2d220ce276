/* Asks an NTP server for the time. */
#include <string.h>
#include "internal.h"
#include "lwip/dns.h"
#include "lwip/udp.h"

#define PACKET               48
#define TRANSMIT             40 /* offset of the transmit timestamp */
#define ORIGINATE            24
#define SECONDS_1900_TO_1970 2208988800u

static struct {
    uint8_t cookie[8]; /* our transmit timestamp: the answer must repeat it */
    uint32_t seconds;  /* since 1900, of the answer */
    bool answered;
} sntp;

static void on_packet(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *address, u16_t port)
{
    uint8_t packet[PACKET];
    (void)arg;
    (void)pcb;
    (void)address;
    (void)port;
    size_t len = pbuf_copy_partial(p, packet, sizeof packet, 0);
    pbuf_free(p);
    /* Mode 4 is a server, stratum 0 a "kiss of death" and over 15 unset, and leap
     * indicator 3 says that its clock is not set (RFC 4330 4, 5). */
    if (len < PACKET || (packet[0] & 7) != 4 || packet[0] >> 6 == 3 || packet[1] == 0 || packet[1] > 15 ||
        memcmp(packet + ORIGINATE, sntp.cookie, sizeof sntp.cookie) != 0)
        return;
    const uint8_t *t = packet + TRANSMIT;
    sntp.seconds = (uint32_t)t[0] << 24 | (uint32_t)t[1] << 16 | (uint32_t)t[2] << 8 | t[3];
    sntp.answered = true;
}

static bool is_answered(const void *ctx)
{
    (void)ctx;
    return sntp.answered;
}

static int send_question(struct udp_pcb *pcb, const ip_addr_t *address, uint16_t port)
{
    struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, PACKET, PBUF_RAM);
    if (p == NULL)
        return WAFER_E_NETWORK;
    uint8_t *packet = p->payload;
    memset(packet, 0, PACKET);
    packet[0] = 4 << 3 | 3; /* version 4, client */
    memcpy(packet + TRANSMIT, sntp.cookie, sizeof sntp.cookie);
    err_t rc = udp_sendto(pcb, p, address, port);
    pbuf_free(p);
    if (rc != ERR_OK)
        return WAFER_E_NETWORK;
    return 0;
}

/* Asks, and waits for the answer. */
static int ask_server(struct udp_pcb *pcb, const ip_addr_t *address, uint16_t port, uint32_t timeout_ms)
{
    sntp.answered = false;
    for (size_t i = 0; i < sizeof sntp.cookie; i += 4) {
        uint32_t number = wafer_lwip_random();
        memcpy(sntp.cookie + i, &number, sizeof number);
    }
    int rc = send_question(pcb, address, port);
    if (rc < 0)
        return rc;
    return wafer_lwip_run(is_answered, NULL, timeout_ms);
}

int64_t wafer_lwip_sntp(const char *server, uint16_t port, uint32_t timeout_ms)
{
    ip_addr_t address;
    uint32_t start = sys_now();
    int rc = wafer_lwip_resolve(server, LWIP_DNS_ADDRTYPE_IPV4, &address, timeout_ms);
    if (rc < 0)
        return rc;
    struct udp_pcb *pcb = udp_new();
    if (pcb == NULL)
        return WAFER_E_NETWORK;
    udp_recv(pcb, on_packet, NULL);
    rc = ask_server(pcb, &address, port, wafer_lwip_left(start, timeout_ms));
    udp_remove(pcb);
    if (rc < 0)
        return rc;
    /* A first bit of 0 counts from 2036 on (RFC 4330 3). */
    int64_t era = sntp.seconds >> 31 ? 0 : (int64_t)1 << 32;
    return era + sntp.seconds - SECONDS_1900_TO_1970;
}
