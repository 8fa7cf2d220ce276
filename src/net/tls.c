#include "net/tls.h"

#include <string.h>
#include "base/clock.h"
#include "net/tls_guard.h"
#include "net/tls_profile.h"
#include "base/wipe.h"
#include "wafer/time.h"

#define SLICE_MS     (WAFER_IO_TIMEOUT_MS < 1000 ? WAFER_IO_TIMEOUT_MS : 1000)
#define MEANWHILE_MS 20                                  /* while there is something else to do, too */
#define PUMP_MS      (4 * (uint32_t)WAFER_IO_TIMEOUT_MS) /* for a peer that sends an octet now and then */
#define DAYS_TO_1970 719528u                             /* from 0000-01-01, where BearSSL counts from */
#define SEED_SIZE    32

/* What BearSSL says, in wafer's terms; all else is WAFER_E_TLS. */
/* clang-format off */
static const struct {
    uint8_t engine;
    int8_t error;
} errors[] = {
    {BR_ERR_TOO_LARGE, WAFER_E_TOO_LARGE},
    {BR_ERR_X509_EXPIRED, WAFER_E_CERT_TIME},
    {BR_ERR_X509_BAD_SERVER_NAME, WAFER_E_WRONG_NAME},
    {BR_ERR_X509_NOT_TRUSTED, WAFER_E_UNTRUSTED},
    {BR_ERR_X509_BAD_SIGNATURE, WAFER_E_UNTRUSTED},
    {BR_ERR_X509_WRONG_KEY_TYPE, WAFER_E_UNTRUSTED},
    {BR_ERR_X509_DN_MISMATCH, WAFER_E_UNTRUSTED},
    {BR_ERR_X509_NOT_CA, WAFER_E_UNTRUSTED},
    {BR_ERR_X509_FORBIDDEN_KEY_USAGE, WAFER_E_UNTRUSTED},
    {BR_ERR_X509_WEAK_PUBLIC_KEY, WAFER_E_UNTRUSTED},
};
/* clang-format on */

/* The engine has come to an end: 0 is a proper one. */
static int engine_ended(struct wafer_tls *tls)
{
    size_t i;

    tls->engine_error = br_ssl_engine_last_error(&tls->client.eng);
    if (tls->engine_error == BR_ERR_OK) {
        return WAFER_E_CLOSED;
    }
    for (i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (tls->engine_error == errors[i].engine) {
            return errors[i].error;
        }
    }
    return WAFER_E_TLS;
}

/* Moves octets of records to or from the port, waiting for it in slices. */
static int transfer(struct wafer_tls *tls, bool out)
{
    const struct wafer_port *port = tls->port;
    br_ssl_engine_context *engine = &tls->client.eng;
    size_t len;
    uint8_t *data = out ? br_ssl_engine_sendrec_buf(engine, &len) : br_ssl_engine_recvrec_buf(engine, &len);
    uint32_t start = port->monotonic_ms(port->ctx);
    uint32_t slice = tls->meanwhile != NULL ? MEANWHILE_MS : SLICE_MS;
    int n;

    do {
        n = port->idle != NULL ? port->idle(port->ctx) : 0;
        if (n < 0) {
            break;
        }
        if (tls->meanwhile != NULL && (n = tls->meanwhile(tls->meanwhile_ctx)) < 0) {
            break;
        }
        n = out ? port->write(port->ctx, tls->handle, data, len, slice)
                : port->read(port->ctx, tls->handle, data, len, slice);
        if (n > 0) {
            (out ? br_ssl_engine_sendrec_ack : br_ssl_engine_recvrec_ack)(engine, (size_t)n);
            return 0;
        }
        if (n == WAFER_E_AGAIN || n == 0) {
            n = WAFER_E_TIMEOUT;
        }
    } while (n == WAFER_E_TIMEOUT && port->monotonic_ms(port->ctx) - start < WAFER_IO_TIMEOUT_MS);
    tls->port_error = n;
    return n;
}

/* Sends and receives records until the engine is in the state `target`
 * (BR_SSL_SENDAPP or BR_SSL_RECVAPP). */
static int pump(struct wafer_tls *tls, unsigned target)
{
    const struct wafer_port *port = tls->port;
    uint32_t start = port->monotonic_ms(port->ctx);

    for (;;) {
        unsigned state = br_ssl_engine_current_state(&tls->client.eng);
        int error;

        if (state & BR_SSL_CLOSED) {
            return engine_ended(tls);
        }
        if (!(state & BR_SSL_SENDREC)) {
            if (state & target) {
                return 0;
            }
            if (!(state & BR_SSL_RECVREC)) {
                /* Half-duplex: octets that nobody asked for are in the way of a request. */
                return WAFER_E_CLOSED;
            }
        }
        error = transfer(tls, (state & BR_SSL_SENDREC) != 0);
        if (error == 0 && port->monotonic_ms(port->ctx) - start > PUMP_MS) {
            error = tls->port_error = WAFER_E_TIMEOUT;
        }
        if (error != 0) {
            return error;
        }
    }
}

void wafer_tls_init(struct wafer_tls *tls)
{
    tls->handle = -1;
    tls->port = NULL;
    tls->port_error = 0;
    tls->engine_error = BR_ERR_OK;
    tls->resume = false;
    tls->meanwhile = NULL;
}

/* Sets up engine and validator for one handshake, at `now` on the clock. A session can
 * be offered only while the engine is as the handshake before left it. */
static void prepare(struct wafer_tls *tls, const struct wafer_tls_params *params, const char *host,
                    int64_t now)
{
    br_ssl_engine_context *engine = &tls->client.eng;
    uint8_t seed[SEED_SIZE];
    int32_t days, second;

    if (!tls->resume) {
        wafer_tls_profile(&tls->client, &tls->x509, params->anchors->list, params->anchors->count);
        br_ssl_engine_set_buffer(engine, tls->buffer, sizeof tls->buffer, 0);
    }
    wafer_tls_guard_init(&tls->guard, &tls->x509, host, params->scratch, params->scratch_size);
    br_ssl_engine_set_x509(engine, &tls->guard.vtable);
    days = wafer_days(now, &second);
    br_x509_minimal_set_time(&tls->x509, DAYS_TO_1970 + (uint32_t)days, (uint32_t)second);
    br_hmac_drbg_generate(params->drbg, seed, sizeof seed);
    br_ssl_engine_inject_entropy(engine, seed, sizeof seed);
    wafer_wipe(seed, sizeof seed);
}

static int connect_at(struct wafer_tls *tls, const struct wafer_tls_params *params, const char *host,
                      uint16_t tcp_port, int64_t now)
{
    bool resume = tls->resume;
    int error;

    tls->port = params->port;
    tls->port_error = 0;
    tls->engine_error = BR_ERR_OK;
    prepare(tls, params, host, now);
    tls->handle = tls->port->connect(tls->port->ctx, host, tcp_port, WAFER_IO_TIMEOUT_MS);
    if (tls->handle < 0) {
        error = tls->port_error = tls->handle;
        tls->handle = -1;
        return error;
    }
    tls->resume = false; /* until the handshake is done, the session is not verified */
    if (br_ssl_client_reset(&tls->client, tls->guard.ip_len > 0 ? NULL : host, resume)) {
        error = pump(tls, BR_SSL_SENDAPP);
    } else {
        error = engine_ended(tls);
    }
    if (error != 0) {
        wafer_tls_close(tls);
        return error;
    }
    tls->resume = true;
    return 0;
}

int wafer_tls_connect(struct wafer_tls *tls, const struct wafer_tls_params *params, const char *host,
                      uint16_t tcp_port, bool resume)
{
    int64_t now, not_before;
    int clock = wafer_clock_now(params->clock, &now);
    int error;

    wafer_tls_close(tls);
    tls->resume = tls->resume && resume;
    error = connect_at(tls, params, host, tcp_port, now);
    if (error == WAFER_E_CERT_TIME && clock == WAFER_E_CLOCK &&
        wafer_tls_guard_not_before(&tls->guard, &not_before) == 0 && not_before > now) {
        error = connect_at(tls, params, host, tcp_port, not_before);
    }
    tls->guard.der = NULL; /* the caller's memory again */
    tls->guard.size = tls->guard.len = 0;
    return error;
}

int wafer_tls_write(struct wafer_tls *tls, const void *data, size_t len)
{
    br_ssl_engine_context *engine = &tls->client.eng;
    const uint8_t *at = data;

    while (len > 0) {
        size_t room;
        uint8_t *buf;
        int error = pump(tls, BR_SSL_SENDAPP);

        if (error != 0) {
            return error;
        }
        buf = br_ssl_engine_sendapp_buf(engine, &room);
        if (room > len) {
            room = len;
        }
        memcpy(buf, at, room);
        br_ssl_engine_sendapp_ack(engine, room);
        at += room;
        len -= room;
    }
    return 0;
}

int wafer_tls_flush(struct wafer_tls *tls)
{
    br_ssl_engine_flush(&tls->client.eng, 0);
    return pump(tls, BR_SSL_SENDAPP);
}

int wafer_tls_read(struct wafer_tls *tls, const uint8_t **data, bool *proper)
{
    br_ssl_engine_context *engine = &tls->client.eng;
    size_t len;
    int error;

    br_ssl_engine_flush(engine, 0);
    error = pump(tls, BR_SSL_RECVAPP);
    *proper =
        br_ssl_engine_current_state(engine) == BR_SSL_CLOSED && br_ssl_engine_last_error(engine) == BR_ERR_OK;
    if (error != 0) {
        return error;
    }
    *data = br_ssl_engine_recvapp_buf(engine, &len);
    return (int)len;
}

void wafer_tls_consume(struct wafer_tls *tls, size_t len)
{
    br_ssl_engine_recvapp_ack(&tls->client.eng, len);
}

void wafer_tls_close(struct wafer_tls *tls)
{
    br_ssl_engine_context *engine = &tls->client.eng;
    const uint8_t *data;
    size_t len;

    if (tls->handle < 0) {
        return;
    }
    br_ssl_engine_close(engine);
    data = br_ssl_engine_sendrec_buf(engine, &len);
    if (data != NULL) {
        (void)tls->port->write(tls->port->ctx, tls->handle, data, len, 0);
    }
    tls->port->close(tls->port->ctx, tls->handle);
    tls->handle = -1;
}

bool wafer_tls_is_open(const struct wafer_tls *tls)
{
    return tls->handle >= 0;
}
