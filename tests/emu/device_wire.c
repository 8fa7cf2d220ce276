/* The network between the emulated device and its CA: connections, their time, their end. It
 * speaks the records of tests/plain/engine.c. */
#include <stdlib.h>
#include <string.h>
#include "ca_certificate.h"
#include "device.h"

#define HANDLE             1
#define HEADER             3u
#define ALERT              21
#define HELLO              22
#define DATA               23
#define RECORD             4000u
#define DAY                86400
#define GREETS_MS          20
#define OPERATION_LIMIT_MS 330000 /* five minutes, and what is under way may end */

/* How a server greets: by an octet of hostility from 0x80 on. */
enum greeting {
    GREETS_WELL,
    REFUSES,
    CANT_BE_FOUND,
    NEVER_ANSWERS,
    HAS_EXPIRED,
    IS_NOT_YET_VALID,
    HAS_ANOTHER_NAME,
    IS_A_STRANGER,
    HANGS_UP,
    IS_SILENT,
    TALKS_GARBAGE,
    IS_SHORT_LIVED,
    GREETINGS
};

void device_advance(struct emu_device *d, int64_t ms)
{
    int64_t end = d->now_ms + ms;
    for (int64_t next = emu_ca_next_fetch(&d->ca); next <= end; next = emu_ca_next_fetch(&d->ca)) {
        d->now_ms = next > d->now_ms ? next : d->now_ms;
        emu_ca_tick(&d->ca);
    }
    d->now_ms = end;
    if (d->begun_ms != 0 && d->now_ms - d->begun_ms > OPERATION_LIMIT_MS) {
        int64_t took = d->now_ms - d->begun_ms;
        d->begun_ms = 0; /* told once */
        d->broken(d->broken_ctx, "an operation takes too long (ms)", took);
    }
}

/* --- what the server sends --- */

static void send_record(struct device_wire *wire, uint8_t type, const void *data, size_t len)
{
    uint8_t *to = wire->out + wire->out_len;
    if (len + HEADER > sizeof wire->out - wire->out_len) {
        abort();
    }
    to[0] = type;
    to[1] = (uint8_t)(len >> 8);
    to[2] = (uint8_t)len;
    memcpy(to + HEADER, data, len);
    wire->out_len += HEADER + len;
}

static void begin_sending(struct emu_device *d, uint32_t delay_ms)
{
    struct device_wire *wire = &d->wire;
    wire->out_len = wire->taken = 0;
    wire->portion = wire->interval_ms = 0;
    wire->ending = CA_KEEPS;
    wire->ready_ms = d->now_ms + delay_ms;
}

static void send_certificate(struct emu_device *d, enum greeting greeting)
{
    static uint8_t record[2 + CA_DER];
    int64_t now = d->now_ms / 1000 / DAY * DAY;
    const char *name = greeting == HAS_ANOTHER_NAME ? "another.test" : d->wire.host;
    struct ca_certificate server = {
        .issuer = "emulated root",
        .subject = "emulated server",
        .not_before = now - 30 * DAY,
        .not_after = now + 60 * DAY,
        .point = ca_key(greeting == IS_A_STRANGER ? CA_STRANGER_KEY : CA_SERVER_KEY)->point,
        .names = &name,
        .name_count = 1,
        .serial = 1};
    if (greeting == HAS_EXPIRED) {
        server.not_after = server.not_before + ca_octet(&d->ca) % 30 * DAY;
    } else if (greeting == IS_NOT_YET_VALID) {
        server.not_before = now + (1 + ca_octet(&d->ca) * 40) * DAY;
        server.not_after = server.not_before + 90 * DAY;
    } else if (greeting == IS_SHORT_LIVED) {
        server.not_before = now - DAY;
        server.not_after = now + DAY + 3600;
    }
    size_t len = ca_write_certificate(&server, record + 2);
    record[0] = (uint8_t)(len >> 8);
    record[1] = (uint8_t)len;
    send_record(&d->wire, HELLO, record, len + 2);
}

static void greet(struct emu_device *d, uint8_t wants_to_resume, enum greeting greeting)
{
    begin_sending(d, GREETS_MS);
    switch (greeting) {
    case HANGS_UP:
        d->wire.ending = CA_BREAKS_OFF;
        break;
    case IS_SILENT:
        d->wire.ending = CA_FALLS_SILENT;
        break;
    case TALKS_GARBAGE:
        send_record(&d->wire, 99, "garbage", 7);
        break;
    default:
        if (wants_to_resume && greeting == GREETS_WELL) {
            send_record(&d->wire, HELLO, "", 0);
        } else {
            send_certificate(d, greeting);
        }
        break;
    }
}

static void send_reply(struct emu_device *d)
{
    struct device_wire *wire = &d->wire;
    const struct ca_reply *reply = &d->ca.reply;
    if (reply->power_goes) {
        d->flash.dead = true;
        return;
    }
    begin_sending(d, reply->delay_ms);
    wire->portion = reply->portion;
    wire->interval_ms = reply->interval_ms;
    wire->ending = reply->ending;
    for (size_t at = 0; at < reply->len; at += RECORD) {
        send_record(wire, DATA, reply->octets + at, reply->len - at < RECORD ? reply->len - at : RECORD);
    }
    if (reply->ending == CA_CLOSES) {
        send_record(wire, ALERT, "", 0);
    }
}

/* --- what the client sends --- */

static bool is_whole(const struct device_wire *wire)
{
    const char *end = strstr(wire->request, "\r\n\r\n"), *length = strstr(wire->request, "Content-Length: ");
    if (end == NULL) {
        return false;
    }
    size_t body = length != NULL && length < end ? (size_t)atol(length + 16) : 0;
    return wire->request_len >= (size_t)(end + 4 - wire->request) + body;
}

static void take_request(struct emu_device *d, const uint8_t *data, size_t len)
{
    struct device_wire *wire = &d->wire;
    if (len >= sizeof wire->request - wire->request_len) {
        abort();
    }
    memcpy(wire->request + wire->request_len, data, len);
    wire->request_len += len;
    wire->request[wire->request_len] = 0;
    if (is_whole(wire)) {
        emu_ca_answer(&d->ca, wire->request, wire->request_len);
        wire->request_len = 0;
        send_reply(d);
    }
}

static void take_records(struct emu_device *d)
{
    struct device_wire *wire = &d->wire;
    while (wire->in_len >= HEADER) {
        size_t len = (size_t)wire->in[1] << 8 | wire->in[2];
        if (wire->in_len < HEADER + len) {
            return;
        }
        if (wire->in[0] == HELLO) {
            uint8_t octet = ca_octet(&d->ca);
            greet(d, wire->in[HEADER], octet < 0x80 ? GREETS_WELL : (enum greeting)(octet % GREETINGS));
        } else if (wire->in[0] == DATA) {
            take_request(d, wire->in + HEADER, len);
        }
        wire->in_len -= HEADER + len;
        memmove(wire->in, wire->in + HEADER + len, wire->in_len);
    }
}

/* --- the port --- */

static int wire_connect(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms)
{
    struct emu_device *d = ctx;
    struct device_wire *wire = &d->wire;
    uint8_t octet = ca_octet(&d->ca);
    enum greeting greeting = octet < 0x80 ? GREETS_WELL : (enum greeting)(octet % GREETINGS);
    bool is_ca = strcmp(host, CA_HOST) == 0 && tcp_port == 443;
    if (d->flash.dead) {
        return WAFER_E_NETWORK;
    }
    if (wire->open) {
        abort(); /* one connection at a time */
    }
    if (d->is_out || greeting == NEVER_ANSWERS) {
        device_advance(d, timeout_ms);
        return WAFER_E_TIMEOUT;
    }
    if (greeting == CANT_BE_FOUND || (!is_ca && strcmp(host, CA_OTHER_HOST) != 0)) {
        return WAFER_E_RESOLVE;
    }
    if (greeting == REFUSES || (!is_ca && !d->other_is_up)) {
        return WAFER_E_CONNECT;
    }
    device_advance(d, GREETS_MS);
    memset(wire, 0, offsetof(struct device_wire, in));
    wire->open = true;
    wire->in_len = wire->request_len = wire->out_len = wire->taken = 0;
    wire->ending = CA_KEEPS;
    strcpy(wire->host, host);
    return HANDLE;
}

/* Octets that have arrived by now, and when the next one does. */
static size_t arrived(const struct emu_device *d, int64_t *next_ms)
{
    const struct device_wire *wire = &d->wire;
    size_t n = wire->out_len;
    *next_ms = INT64_MAX;
    if (d->now_ms < wire->ready_ms) {
        *next_ms = wire->ready_ms;
        return 0;
    }
    if (wire->interval_ms > 0) {
        int64_t portions = (d->now_ms - wire->ready_ms) / wire->interval_ms + 1;
        *next_ms = wire->ready_ms + portions * wire->interval_ms;
        n = portions * wire->portion < (int64_t)n ? (size_t)portions * wire->portion : n;
    }
    return n;
}

static int wire_read(void *ctx, int handle, uint8_t *data, size_t len, uint32_t timeout_ms)
{
    struct emu_device *d = ctx;
    struct device_wire *wire = &d->wire;
    int64_t next_ms;
    if (d->flash.dead) {
        return WAFER_E_NETWORK;
    }
    if (!wire->open || handle != HANDLE || len == 0) {
        abort();
    }
    size_t n = arrived(d, &next_ms);
    if (n == wire->taken && wire->taken < wire->out_len && next_ms - d->now_ms <= (int64_t)timeout_ms) {
        device_advance(d, next_ms - d->now_ms);
        n = arrived(d, &next_ms);
    }
    if (n > wire->taken) {
        n -= wire->taken;
        n = n < len ? n : len;
        memcpy(data, wire->out + wire->taken, n);
        wire->taken += n;
        return (int)n;
    }
    if (wire->taken == wire->out_len && (wire->ending == CA_BREAKS_OFF || wire->ending == CA_CLOSES)) {
        return WAFER_E_CLOSED;
    }
    device_advance(d, timeout_ms);
    return timeout_ms == 0 ? WAFER_E_AGAIN : WAFER_E_TIMEOUT;
}

static int wire_write(void *ctx, int handle, const uint8_t *data, size_t len, uint32_t timeout_ms)
{
    struct emu_device *d = ctx;
    struct device_wire *wire = &d->wire;
    (void)timeout_ms;
    if (d->flash.dead) {
        return WAFER_E_NETWORK;
    }
    if (!wire->open || handle != HANDLE || len == 0 || len > sizeof wire->in - wire->in_len) {
        abort();
    }
    if (wire->ending == CA_BREAKS_OFF || wire->ending == CA_CLOSES) {
        return WAFER_E_CLOSED;
    }
    memcpy(wire->in + wire->in_len, data, len);
    wire->in_len += len;
    if (wire->ending != CA_FALLS_SILENT) {
        take_records(d);
    }
    return (int)len;
}

static void wire_close(void *ctx, int handle)
{
    struct emu_device *d = ctx;
    if (!d->wire.open || handle != HANDLE) {
        abort();
    }
    d->wire.open = false;
}

static int wire_wait(void *ctx, const int *handles, size_t n, uint32_t timeout_ms)
{
    struct emu_device *d = ctx;
    (void)handles;
    if (n > 0) {
        abort();
    }
    device_advance(d, timeout_ms);
    return d->flash.dead ? WAFER_E_NETWORK : 0;
}

static uint32_t wire_monotonic_ms(void *ctx)
{
    const struct emu_device *d = ctx;
    return (uint32_t)(d->now_ms - d->boot_ms);
}

static int64_t wire_wall_time(void *ctx)
{
    return emu_device_wall(ctx);
}

static int wire_entropy(void *ctx, void *data, size_t len)
{
    struct emu_device *d = ctx;
    emu_pattern(data, len, d->random++ * 2654435761u);
    return 0;
}

static int wire_idle(void *ctx)
{
    const struct emu_device *d = ctx;
    return d->flash.dead ? WAFER_E_CANCELLED : 0;
}

void device_port(struct emu_device *d)
{
    d->port = (struct wafer_port){.ctx = d,
                                  .connect = wire_connect,
                                  .read = wire_read,
                                  .write = wire_write,
                                  .close = wire_close,
                                  .wait = wire_wait,
                                  .monotonic_ms = wire_monotonic_ms,
                                  .wall_time = wire_wall_time,
                                  .entropy = wire_entropy,
                                  .idle = wire_idle};
}
