/* The TLS connection: carries records between BearSSL's engine and the port, and the
 * application's octets in and out of the engine. */
#include "net/tls.h"

#include <string.h>
#include "base/clock.h"
#include "base/deadline.h"
#include "base/wipe.h"
#include "net/tls_profile.h"
#include "net/tls_validator.h"
#include "wafer/time.h"
#include "wafer/tls_error.h"

#define SLICE_MS     1000    /* port.h: idle is called at least once a second */
#define MEANWHILE_MS 20      /* while there is something else to do, too */
#define RUN_TIMEOUTS 4       /* for a peer that sends an octet now and then: so many times its silence */
#define DAYS_TO_1970 719528u /* from 0000-01-01, where BearSSL counts from */
#define SEED_SIZE    32

#define RECEIVED(alert) (BR_ERR_RECV_FATAL_ALERT + (alert))

/* What ends a handshake, in wafer's terms; after all else a person must act. What passes is a
 * damaged record, and what servers say when something of theirs is down. */
/* clang-format off */
static const struct {
    uint16_t engine;
    int8_t error;
} errors[] = {
    {BR_ERR_TOO_LARGE, WAFER_E_TOO_LARGE},
    {BR_ERR_BAD_MAC, WAFER_E_TLS},
    {BR_ERR_BAD_FINISHED, WAFER_E_TLS},
    {BR_ERR_RESUME_MISMATCH, WAFER_E_TLS},
    {BR_ERR_IO, WAFER_E_TLS},
    {BR_ERR_X509_EXPIRED, WAFER_E_CERT_TIME},
    {BR_ERR_X509_BAD_SERVER_NAME, WAFER_E_WRONG_NAME},
    {BR_ERR_X509_NOT_TRUSTED, WAFER_E_UNTRUSTED},
    {BR_ERR_X509_BAD_SIGNATURE, WAFER_E_UNTRUSTED},
    {BR_ERR_X509_WRONG_KEY_TYPE, WAFER_E_UNTRUSTED},
    {BR_ERR_X509_DN_MISMATCH, WAFER_E_UNTRUSTED},
    {BR_ERR_X509_NOT_CA, WAFER_E_UNTRUSTED},
    {BR_ERR_X509_FORBIDDEN_KEY_USAGE, WAFER_E_UNTRUSTED},
    {BR_ERR_X509_WEAK_PUBLIC_KEY, WAFER_E_UNTRUSTED},
    {WAFER_TLS_PURPOSE, WAFER_E_UNTRUSTED},
    {WAFER_TLS_CONSTRAINT, WAFER_E_UNTRUSTED},
    {RECEIVED(0), WAFER_E_TLS},  /* close_notify */
    {RECEIVED(20), WAFER_E_TLS}, /* bad_record_mac */
    {RECEIVED(51), WAFER_E_TLS}, /* decrypt_error */
    {RECEIVED(80), WAFER_E_TLS}, /* internal_error */
    {RECEIVED(90), WAFER_E_TLS}, /* user_canceled */
};
/* clang-format on */

enum direction { IN, OUT };

/* Whether the server has asked for a client certificate in this handshake. BearSSL, which has
 * none to choose from, sets this member then, and has no other use for it. */
#define NOT_ASKED 1
static bool wants_certificate(const struct wafer_tls *tls)
{
    return !tls->resume && tls->client.hash_id != NOT_ASKED;
}

/* BearSSL's code, or ours where its own has two meanings. */
static int engine_code(const struct wafer_tls *tls)
{
    const br_ssl_engine_context *engine = &tls->client.eng;
    int code = br_ssl_engine_last_error(engine);

    if (code == BR_ERR_UNSUPPORTED_VERSION && engine->version_in == 0) {
        return WAFER_TLS_NOT_TLS; /* not even a record */
    }
    if (code == RECEIVED(40) && wants_certificate(tls)) {
        return WAFER_TLS_CLIENT_CERTIFICATE;
    }
    return code;
}

/* The engine has come to an end: WAFER_E_CLOSED is a proper one. */
static int engine_ended(struct wafer_tls *tls)
{
    size_t i = 0;

    tls->engine_error = engine_code(tls);
    if (tls->engine_error == BR_ERR_OK) {
        return WAFER_E_CLOSED;
    }
    while (i < sizeof errors / sizeof errors[0] && tls->engine_error != errors[i].engine) {
        i++;
    }
    if (i < sizeof errors / sizeof errors[0]) {
        return errors[i].error;
    }
    return tls->resume ? WAFER_E_TLS : WAFER_E_HANDSHAKE; /* resume: this one is done */
}

/* Lets the rest of the program live while the connection waits. */
static int run_others(struct wafer_tls *tls)
{
    const struct wafer_port *port = tls->port;

    if (port->idle != NULL) {
        int rc = port->idle(port->ctx);
        if (rc < 0) {
            return rc;
        }
    }
    if (tls->meanwhile != NULL) {
        return tls->meanwhile(tls->meanwhile_ctx);
    }
    return 0;
}

static int send_records(struct wafer_tls *tls, uint32_t timeout_ms)
{
    size_t len;
    const uint8_t *data = br_ssl_engine_sendrec_buf(&tls->client.eng, &len);
    int rc = tls->port->write(tls->port->ctx, tls->handle, data, len, timeout_ms);

    if (rc > 0) {
        br_ssl_engine_sendrec_ack(&tls->client.eng, (size_t)rc);
    }
    return rc;
}

static int receive_records(struct wafer_tls *tls, uint32_t timeout_ms)
{
    size_t len;
    uint8_t *data = br_ssl_engine_recvrec_buf(&tls->client.eng, &len);
    int rc = tls->port->read(tls->port->ctx, tls->handle, data, len, timeout_ms);

    if (rc > 0) {
        br_ssl_engine_recvrec_ack(&tls->client.eng, (size_t)rc);
    }
    return rc;
}

/* Moves some octets of records to or from the port, waiting for it in slices until the
 * peer was silent for too long or `limit_ms` are over. */
static int transfer(struct wafer_tls *tls, enum direction direction, uint32_t limit_ms)
{
    uint32_t slice = tls->meanwhile != NULL ? MEANWHILE_MS : SLICE_MS;
    struct wafer_deadline silence;

    wafer_deadline_start(&silence, tls->port, wafer_shorter(tls->io_timeout_ms, limit_ms));
    for (;;) {
        int rc = run_others(tls);
        if (rc < 0) {
            return rc;
        }
        uint32_t wait_ms = wafer_shorter(slice, wafer_deadline_left(&silence, tls->port));
        if (wait_ms == 0) {
            return WAFER_E_TIMEOUT;
        }
        rc = direction == OUT ? send_records(tls, wait_ms) : receive_records(tls, wait_ms);
        if (rc != WAFER_E_AGAIN && rc != WAFER_E_TIMEOUT) {
            return rc;
        }
    }
}

/* Sends and receives records until the engine is in the state `target`: BR_SSL_SENDAPP
 * (it takes the application's octets) or BR_SSL_RECVAPP (it has some). */
static int run_until(struct wafer_tls *tls, unsigned target)
{
    struct wafer_deadline run;

    wafer_deadline_start(&run, tls->port, RUN_TIMEOUTS * tls->io_timeout_ms);
    for (;;) {
        unsigned state = br_ssl_engine_current_state(&tls->client.eng);
        bool out = (state & BR_SSL_SENDREC) != 0;

        if ((state & BR_SSL_CLOSED) != 0) {
            return engine_ended(tls);
        }
        if (!out && (state & target) != 0) {
            return 0;
        }
        if (!out && (state & BR_SSL_RECVREC) == 0) {
            /* Half-duplex: octets that nobody asked for are in the way of a request. */
            return WAFER_E_CLOSED;
        }
        uint32_t limit_ms =
            wafer_shorter(wafer_deadline_left(&run, tls->port), wafer_deadline_left(tls->deadline, tls->port));
        if (limit_ms == 0) {
            return WAFER_E_TIMEOUT;
        }
        int rc = transfer(tls, out ? OUT : IN, limit_ms);
        if (rc < 0) {
            return rc;
        }
    }
}

void wafer_tls_init(struct wafer_tls *tls)
{
    tls->handle = -1;
    tls->port = NULL;
    tls->engine_error = BR_ERR_OK;
    tls->resume = false;
    tls->not_before = tls->not_after = 0;
    tls->meanwhile = NULL;
}

void wafer_tls_limit(struct wafer_tls *tls, const struct wafer_tls_params *params)
{
    tls->io_timeout_ms = params->io_timeout_ms != 0 ? params->io_timeout_ms : WAFER_IO_TIMEOUT_MS;
    tls->deadline = params->deadline;
}

/* Sets up engine and validator for one handshake, at `now` on the clock. A session can
 * be offered only while the engine is as the handshake before left it. */
static void prepare_handshake(struct wafer_tls *tls, const struct wafer_tls_params *params, const char *host,
                              int64_t now)
{
    br_ssl_engine_context *engine = &tls->client.eng;
    uint8_t seed[SEED_SIZE];
    int32_t days, second;

    if (!tls->resume) {
        wafer_tls_profile(&tls->client, &tls->x509, params->anchors->list, params->anchors->count);
        br_ssl_engine_set_buffer(engine, tls->buffer, sizeof tls->buffer, 0);
    }
    wafer_tls_validator_init(&tls->validator, &tls->x509, host, params->ip, now, params->scratch,
                             params->scratch_size);
    br_ssl_engine_set_x509(engine, &tls->validator.vtable);
    days = wafer_days(now, &second);
    br_x509_minimal_set_time(&tls->x509, DAYS_TO_1970 + (uint32_t)days, (uint32_t)second);
    br_hmac_drbg_generate(params->drbg, seed, sizeof seed);
    br_ssl_engine_inject_entropy(engine, seed, sizeof seed);
    wafer_wipe(seed, sizeof seed);
}

/* Keeps how long the server's certificate is valid: of one that was shown, for a session that
 * is resumed goes on with the host's. */
static void keep_validity(struct wafer_tls *tls)
{
    if (tls->validator.not_after != 0) {
        tls->not_before = tls->validator.not_before;
        tls->not_after = tls->validator.not_after;
    }
}

/* The host as SNI (RFC 6066 3) and certificates have it: without the dot that ends an absolute
 * name. It stands in the scratch memory then, until the first certificate comes. */
static const char *name_of(const struct wafer_tls_params *params, const char *host)
{
    size_t len = strlen(host);

    if (len == 0 || host[len - 1] != '.' || len > params->scratch_size) {
        return host;
    }
    params->scratch[len - 1] = 0;
    return memcpy(params->scratch, host, len - 1);
}

static int shake_hands(struct wafer_tls *tls, const char *host)
{
    bool resume = tls->resume;

    tls->resume = false; /* until the handshake is done, the session is not verified */
    if (!br_ssl_client_reset(&tls->client, tls->validator.ip_len > 0 ? NULL : host, resume)) {
        return engine_ended(tls);
    }
    tls->client.hash_id = NOT_ASKED;
    int rc = run_until(tls, BR_SSL_SENDAPP);
    if ((rc == WAFER_E_CLOSED || rc == WAFER_E_NETWORK) && wants_certificate(tls)) {
        tls->engine_error = WAFER_TLS_CLIENT_CERTIFICATE; /* its alert may get lost */
        return WAFER_E_HANDSHAKE;
    }
    if (rc < 0) {
        return rc;
    }
    tls->resume = true;
    keep_validity(tls);
    return 0;
}

/* Connects and shakes hands once, with `now` for the time. */
static int connect_at(struct wafer_tls *tls, const struct wafer_tls_params *params, const char *host,
                      uint16_t tcp_port, int64_t now)
{
    const struct wafer_port *port = tls->port;
    uint32_t limit_ms = wafer_shorter(tls->io_timeout_ms, wafer_deadline_left(tls->deadline, port));
    const char *name = name_of(params, host);

    tls->engine_error = BR_ERR_OK;
    prepare_handshake(tls, params, name, now);
    if (limit_ms == 0) {
        return WAFER_E_TIMEOUT;
    }
    int rc = port->connect(port->ctx, host, tcp_port, limit_ms);
    if (rc < 0) {
        return rc;
    }
    tls->handle = rc;
    rc = shake_hands(tls, name);
    if (rc < 0) {
        wafer_tls_close(tls);
    }
    return rc;
}

/* Connects at the time there is. A server whose certificate is not valid then may still be
 * right: what a CA told once, and the floor with it, may have been wrong, so the port's clock
 * gets its chance; and where no time is known, the certificate's notBefore does. */
static int connect_in_time(struct wafer_tls *tls, const struct wafer_tls_params *params, const char *host,
                           uint16_t tcp_port)
{
    int64_t now, not_before;
    bool known = wafer_clock_now(params->clock, &now) == 0;
    int rc = connect_at(tls, params, host, tcp_port, now);

    if (rc == WAFER_E_CERT_TIME) {
        int64_t wall = wafer_clock_wall(params->clock);
        if (wall > 0 && wall != now) {
            rc = connect_at(tls, params, host, tcp_port, wall);
        }
    }
    if (rc != WAFER_E_CERT_TIME || known) {
        return rc;
    }
    int found = wafer_tls_validator_not_before(&tls->validator, &not_before);
    if (found < 0 || not_before <= now) {
        return rc;
    }
    return connect_at(tls, params, host, tcp_port, not_before);
}

int wafer_tls_connect(struct wafer_tls *tls, const struct wafer_tls_params *params, const char *host,
                      uint16_t tcp_port, bool resume)
{
    wafer_tls_close(tls);
    tls->port = params->port;
    wafer_tls_limit(tls, params);
    tls->resume = tls->resume && resume;
    int rc = connect_in_time(tls, params, host, tcp_port);
    tls->validator.der = NULL; /* the caller's memory again */
    tls->validator.size = tls->validator.names_len = 0;
    return rc;
}

int wafer_tls_write(struct wafer_tls *tls, const void *data, size_t len)
{
    br_ssl_engine_context *engine = &tls->client.eng;
    const uint8_t *at = data;

    while (len > 0) {
        size_t room;
        int rc = run_until(tls, BR_SSL_SENDAPP);
        if (rc < 0) {
            return rc;
        }
        uint8_t *buf = br_ssl_engine_sendapp_buf(engine, &room);
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
    return run_until(tls, BR_SSL_SENDAPP);
}

int wafer_tls_read(struct wafer_tls *tls, const uint8_t **data, bool *proper)
{
    br_ssl_engine_context *engine = &tls->client.eng;
    size_t len;

    br_ssl_engine_flush(engine, 0);
    int rc = run_until(tls, BR_SSL_RECVAPP);
    *proper =
        br_ssl_engine_current_state(engine) == BR_SSL_CLOSED && br_ssl_engine_last_error(engine) == BR_ERR_OK;
    if (rc < 0) {
        return rc;
    }
    *data = br_ssl_engine_recvapp_buf(engine, &len);
    return (int)len;
}

void wafer_tls_consume(struct wafer_tls *tls, size_t len)
{
    br_ssl_engine_recvapp_ack(&tls->client.eng, len);
}

bool wafer_tls_is_quiet(struct wafer_tls *tls)
{
    uint8_t octet; /* taken from the engine, but the connection ends by it */
    int rc = tls->port->read(tls->port->ctx, tls->handle, &octet, 1, 0);

    return rc == WAFER_E_AGAIN || rc == WAFER_E_TIMEOUT;
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

bool wafer_tls_is_valid_at(const struct wafer_tls *tls, int64_t seconds)
{
    return seconds >= tls->not_before && seconds <= tls->not_after;
}
