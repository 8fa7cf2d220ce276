/* A name server within lwIP; see name_server.h. */
#include "name_server.h"
#include <stdbool.h>
#include <string.h>
#include "lwip/dns.h"
#include "lwip/sockets.h"
#include "lwip/udp.h"
#include "stack.h"

/* What is done with an answer: KEEP waits for RELEASE, which is sent before those that were kept. */
enum how { SEND, KEEP, RELEASE };

/* What it knows of names that begin so: an address of each family (NULL: none). */
static const struct name {
    const char *name, *four, *six;
    enum how how_four, how_six;
} names[] = {
    {"four", "127.0.0.1", NULL, SEND, SEND},  {"six", NULL, "::1", SEND, SEND},
    {"both", "127.0.0.1", "::1", SEND, SEND}, {"dead4", STACK_SILENT, "::1", SEND, SEND},
    {"half", "127.0.0.1", NULL, SEND, KEEP},  {"late", "127.0.0.1", "::1", KEEP, KEEP},
    {"release", NULL, NULL, RELEASE, SEND},
};

static struct udp_pcb *server;
static struct pbuf *kept[32];
static u16_t kept_port[32];
static volatile size_t kept_count; /* read by other threads too */

/* "\4four\4test\0" as "four.test". Returns the octets of the question's name, 0: broken. */
static size_t read_name(const uint8_t *at, size_t len, char *name, size_t size)
{
    size_t i = 0, n = 0;

    while (i < len && at[i] != 0) {
        size_t label = at[i++];
        if (label > len - i || n + label + 2 > size) {
            return 0;
        }
        memcpy(name + n, at + i, label);
        n += label;
        name[n++] = '.';
        i += label;
    }
    name[n > 0 ? n - 1 : 0] = '\0';
    return i + 1;
}

static const struct name *find(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(names[i].name, name, strlen(names[i].name)) == 0) {
            return &names[i];
        }
    }
    return NULL;
}

/* The question, turned into its answer (RFC 1035 4): with `address`, or with none (name error). */
static struct pbuf *make_answer(uint8_t *message, size_t len, const char *address)
{
    uint8_t record[] = {0xc0, 12, 0, message[len - 3], 0, 1, 0, 0, 0, 60, 0, 0};
    uint8_t data[16];
    size_t size = address == NULL ? 0 : message[len - 3] == 1 ? 4 : 16;
    struct pbuf *p =
        pbuf_alloc(PBUF_TRANSPORT, (u16_t)(len + (size > 0 ? sizeof record + size : 0)), PBUF_RAM);

    message[2] |= 0x80;                  /* an answer */
    message[3] = size > 0 ? 0x80 : 0x83; /* recursion is available; no such name */
    message[7] = size > 0;               /* records */
    pbuf_take(p, message, (u16_t)len);
    if (size > 0) {
        lwip_inet_pton(size == 4 ? AF_INET : AF_INET6, address, data);
        record[sizeof record - 1] = (uint8_t)size;
        pbuf_take_at(p, record, sizeof record, (u16_t)len);
        pbuf_take_at(p, data, (u16_t)size, (u16_t)(len + sizeof record));
    }
    return p;
}

static void send_answer(struct pbuf *p, u16_t to)
{
    ip_addr_t loopback;

    ip_addr_set_loopback(0, &loopback);
    udp_sendto(server, p, &loopback, to);
    pbuf_free(p);
}

static void keep_answer(struct pbuf *p, u16_t to)
{
    if (kept_count == sizeof kept / sizeof kept[0]) {
        pbuf_free(p);
        return;
    }
    kept_port[kept_count] = to;
    kept[kept_count++] = p;
}

void name_server_release(void *arg)
{
    (void)arg;
    while (kept_count > 0) {
        kept_count--;
        send_answer(kept[kept_count], kept_port[kept_count]);
    }
}

static void on_question(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from,
                        u16_t from_port)
{
    static const struct name unknown = {"", NULL, NULL, SEND, SEND};
    uint8_t message[256];
    char text[128];
    size_t len = pbuf_copy_partial(p, message, sizeof message, 0);
    size_t name_len = len > 16 ? read_name(message + 12, len - 16, text, sizeof text) : 0;
    const struct name *name = name_len > 0 ? find(text) : NULL;
    bool four = name_len > 0 && message[12 + name_len + 1] == 1;
    enum how how;

    (void)arg, (void)pcb, (void)from;
    pbuf_free(p);
    if (name_len == 0) {
        return;
    }
    name = name != NULL ? name : &unknown;
    how = four ? name->how_four : name->how_six;
    p = make_answer(message, 12 + name_len + 4, four ? name->four : name->six);
    if (how == KEEP) {
        keep_answer(p, from_port);
        return;
    }
    send_answer(p, from_port);
    if (how == RELEASE) {
        name_server_release(NULL);
    }
}

void name_server_start(void)
{
    ip_addr_t loopback;

    ip_addr_set_loopback(0, &loopback);
    server = udp_new();
    udp_bind(server, &loopback, 53);
    udp_recv(server, on_question, NULL);
    dns_setserver(0, &loopback);
}

size_t name_server_kept(void)
{
    return kept_count;
}
