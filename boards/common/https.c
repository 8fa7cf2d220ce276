/* The HTTPS page: a BearSSL server that takes one client at a time. */
#include "https.h"
#include <string.h>
#include "console.h"

#define PORT               443
#define CLIENT_MS          10000 /* for one client, from its connection to the last octet */
#define PAGE_SIZE          768
#define KEY_FOR_SIGNATURES BR_KEYTYPE_SIGN

static const uint16_t suites[] = {
    BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
};

/* As the client's profile (src/net/tls_profile.c), so that both share their code. */
static void set_profile(br_ssl_server_context *server)
{
    br_ssl_engine_context *engine = &server->eng;
    br_ssl_server_zero(server);
    br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
    br_ssl_engine_set_suites(engine, suites, sizeof suites / sizeof suites[0]);
    br_ssl_engine_set_hash(engine, br_sha256_ID, &br_sha256_vtable);
    br_ssl_engine_set_hash(engine, br_sha384_ID, &br_sha384_vtable);
    br_ssl_engine_set_prf_sha256(engine, br_tls12_sha256_prf);
    br_ssl_engine_set_ec(engine, &WAFER_EC_PRIVATE);
    br_ssl_engine_set_aes_ctr(engine, &br_aes_ct_ctr_vtable);
    br_ssl_engine_set_ghash(engine, br_ghash_ctmul32);
    br_ssl_engine_set_gcm(engine, &br_sslrec_in_gcm_vtable, &br_sslrec_out_gcm_vtable);
    br_ssl_engine_set_chacha20(engine, br_chacha20_ct_run);
    br_ssl_engine_set_poly1305(engine, br_poly1305_ctmul32_run);
    br_ssl_engine_set_chapol(engine, &br_sslrec_in_chapol_vtable, &br_sslrec_out_chapol_vtable);
}

static int load_chain(struct https *https, struct wafer_store *store,
                      const struct wafer_certificate *certificate)
{
    uint32_t offset = 0;
    size_t used = 0;
    for (https->chain_len = 0; https->chain_len < HTTPS_CHAIN;) {
        int n =
            wafer_certificate_der(store, certificate, &offset, https->der + used, sizeof https->der - used);
        if (n <= 0)
            return n;
        https->chain[https->chain_len].data = https->der + used;
        https->chain[https->chain_len++].data_len = (size_t)n;
        used += (size_t)n;
    }
    return 0;
}

int https_load(struct https *https, struct wafer_store *store, const struct wafer_certificate *certificate)
{
    memset(https, 0, sizeof *https);
    https->ec.curve = BR_EC_secp256r1;
    https->ec.x = https->key.secret;
    https->ec.xlen = sizeof https->key.secret;
    int rc = wafer_certificate_key(store, certificate, &https->key);
    if (rc < 0)
        return rc;
    return load_chain(https, store, certificate);
}

/* --- one client --------------------------------------------------------------- */

struct client {
    struct https *https;
    const struct wafer_port *port;
    uint32_t start;
    int handle;
};

static uint32_t time_left(const struct client *client)
{
    uint32_t passed = client->port->monotonic_ms(client->port->ctx) - client->start;
    return passed < CLIENT_MS ? CLIENT_MS - passed : 0;
}

/* Moves records until the engine is in one of the wanted states. */
static int pump(const struct client *client, unsigned wanted)
{
    br_ssl_engine_context *engine = &client->https->server.eng;
    const struct wafer_port *port = client->port;
    for (;;) {
        unsigned state = br_ssl_engine_current_state(engine);
        size_t len;
        int n;
        if (state & BR_SSL_CLOSED)
            return WAFER_E_TLS;
        if (state & BR_SSL_SENDREC) {
            unsigned char *out = br_ssl_engine_sendrec_buf(engine, &len);
            n = port->write(port->ctx, client->handle, out, len, time_left(client));
            if (n < 0)
                return n;
            br_ssl_engine_sendrec_ack(engine, (size_t)n);
        } else if (state & wanted) {
            return 0;
        } else if (state & BR_SSL_RECVREC) {
            unsigned char *in = br_ssl_engine_recvrec_buf(engine, &len);
            n = port->read(port->ctx, client->handle, in, len, time_left(client));
            if (n < 0)
                return n;
            br_ssl_engine_recvrec_ack(engine, (size_t)n);
        } else {
            return WAFER_E_TLS;
        }
    }
}

/* Reads to the empty line that ends a request's headers; what it asks for does
 * not matter, there is one page. */
static int read_request(const struct client *client)
{
    br_ssl_engine_context *engine = &client->https->server.eng;
    unsigned newlines = 0;
    while (newlines < 2) {
        size_t len;
        int rc = pump(client, BR_SSL_RECVAPP);
        if (rc < 0)
            return rc;
        unsigned char *in = br_ssl_engine_recvapp_buf(engine, &len);
        for (size_t i = 0; i < len && newlines < 2; i++) {
            if (in[i] == '\n')
                newlines++;
            else if (in[i] != '\r')
                newlines = 0;
        }
        br_ssl_engine_recvapp_ack(engine, len);
    }
    return 0;
}

static int write_page(const struct client *client, https_page page)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
                               "Cache-Control: no-store\r\nConnection: close\r\n\r\n";
    br_ssl_engine_context *engine = &client->https->server.eng;
    size_t len;
    int rc = pump(client, BR_SSL_SENDAPP);
    if (rc < 0)
        return rc;
    char *out = (char *)br_ssl_engine_sendapp_buf(engine, &len);
    if (len < sizeof head + PAGE_SIZE)
        return WAFER_E_SPACE;
    memcpy(out, head, sizeof head - 1);
    len = sizeof head - 1 + page(out + sizeof head - 1, PAGE_SIZE);
    br_ssl_engine_sendapp_ack(engine, len);
    br_ssl_engine_flush(engine, 0);
    br_ssl_engine_close(engine);
    rc = pump(client, 0);
    if (rc == WAFER_E_TLS && br_ssl_engine_last_error(engine) == BR_ERR_OK)
        return 0; /* closed by both sides */
    return rc;
}

static int serve_client(const struct client *client, https_page page)
{
    struct https *https = client->https;
    br_ssl_server_context *server = &https->server;
    uint8_t seed[32];
    set_profile(server);
    br_ssl_server_set_single_ec(server, https->chain, https->chain_len, &https->ec, KEY_FOR_SIGNATURES,
                                BR_KEYTYPE_EC, &WAFER_EC_PRIVATE, br_ecdsa_i15_sign_asn1);
    br_ssl_engine_set_buffer(&server->eng, https->buffer, sizeof https->buffer, 0);
    int rc = client->port->entropy(client->port->ctx, seed, sizeof seed);
    if (rc < 0)
        return rc;
    br_ssl_engine_inject_entropy(&server->eng, seed, sizeof seed);
    int is_ready = br_ssl_server_reset(server);
    if (!is_ready)
        return WAFER_E_TLS;
    rc = read_request(client);
    if (rc < 0)
        return rc;
    return write_page(client, page);
}

int https_serve(struct https *https, const struct wafer_port *port, https_page page, uint32_t ms)
{
    uint32_t start = port->monotonic_ms(port->ctx);
    int listener = port->listen(port->ctx, NULL, PORT);
    if (listener < 0)
        return listener;
    for (;;) {
        uint32_t passed = port->monotonic_ms(port->ctx) - start;
        if (passed >= ms)
            break;
        port->wait(port->ctx, &listener, 1, ms - passed < 1000 ? ms - passed : 1000);
        int handle = port->accept(port->ctx, listener);
        if (handle < 0)
            continue;
        struct client client = {https, port, port->monotonic_ms(port->ctx), handle};
        int rc = serve_client(&client, page);
        port->close(port->ctx, handle);
        if (rc < 0)
            console_print("https: %s, TLS error %d\n", wafer_error_text(rc),
                          br_ssl_engine_last_error(&https->server.eng));
    }
    port->close(port->ctx, listener);
    return 0;
}

void https_close(struct https *https)
{
    wafer_key_wipe(&https->key);
    memset(&https->server, 0, sizeof https->server); /* an earlier session is not kept */
    __asm__ volatile("" : : "r"(https) : "memory");
}
