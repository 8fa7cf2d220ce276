/* BearSSL's engine as src/net/tls.c calls it, without its cryptography: records in plain text over
 * the same half-duplex buffer. Linked in its place, it leaves everything else of the client real,
 * the validator of the server's certificates among it, at a small part of the time. A record has
 * its type, two octets of length, and the content:
 *
 *  22  from the client: an octet, 1 to resume, then the server's name; from the server: nothing
 *      when it resumes, else its certificates in DER, each after two octets of length
 *  23  the application's octets
 *  21  the proper end
 */
#include <bearssl.h>
#include <stdbool.h>
#include <string.h>

#define HEADER  3u
#define ALERT   21
#define HELLO   22
#define DATA    23
#define PORTION 500u /* a certificate comes in pieces */

enum phase { HELLO_OUT, HELLO_IN, OPEN, ENDED };

/* The one connection there is. */
static struct {
    br_ssl_engine_context *engine;
    enum phase phase;
    uint8_t *buf;
    size_t size;
    size_t out, sent;    /* octets in buf that go out, with the header; of these, gone */
    bool sending;        /* out is a whole record */
    size_t in;           /* octets in buf of the record that comes in */
    size_t shown, taken; /* of a record of data: where it ends, and what the application took */
    bool resume;
    char name[256];
} plain;

static void end_plain(int error)
{
    plain.engine->err = error;
    plain.phase = ENDED;
    plain.sending = false;
}

static void start_record(uint8_t type)
{
    size_t len = plain.out - HEADER;
    plain.buf[0] = type;
    plain.buf[1] = (uint8_t)(len >> 8);
    plain.buf[2] = (uint8_t)len;
    plain.sent = 0;
    plain.sending = true;
}

/* --- setting up --- */

void br_ssl_client_zero(br_ssl_client_context *cc)
{
    memset(cc, 0, sizeof *cc);
}

void br_ssl_engine_set_suites(br_ssl_engine_context *cc, const uint16_t *suites, size_t suites_num)
{
    (void)cc, (void)suites, (void)suites_num;
}

void br_ssl_engine_inject_entropy(br_ssl_engine_context *cc, const void *data, size_t len)
{
    (void)cc, (void)data, (void)len;
}

void br_ssl_engine_set_buffer(br_ssl_engine_context *cc, void *iobuf, size_t iobuf_len, int bidi)
{
    (void)cc, (void)bidi;
    plain.buf = iobuf;
    plain.size = iobuf_len;
}

int br_ssl_client_reset(br_ssl_client_context *cc, const char *server_name, int resume_session)
{
    size_t len = server_name != NULL ? strlen(server_name) : 0;
    if (len >= sizeof plain.name) {
        cc->eng.err = BR_ERR_BAD_PARAM;
        return 0;
    }
    plain.engine = &cc->eng;
    plain.engine->err = BR_ERR_OK;
    plain.phase = HELLO_OUT;
    plain.in = plain.shown = plain.taken = 0;
    plain.resume = resume_session != 0;
    memcpy(plain.name, server_name != NULL ? server_name : "", len + 1);
    plain.buf[HEADER] = plain.resume;
    memcpy(plain.buf + HEADER + 1, plain.name, len);
    plain.out = HEADER + 1 + len;
    start_record(HELLO);
    return 1;
}

/* --- what comes in --- */

static void show_certificate(const br_x509_class **x509, const uint8_t *der, size_t len)
{
    (*x509)->start_cert(x509, (uint32_t)len);
    while (len > 0) {
        size_t portion = len < PORTION ? len : PORTION;
        (*x509)->append(x509, der, portion);
        der += portion;
        len -= portion;
    }
    (*x509)->end_cert(x509);
}

static void judge_server(const uint8_t *at, size_t len)
{
    const br_x509_class **x509 = plain.engine->x509ctx;
    if (len == 0) { /* resumed: nobody is asked */
        plain.phase = plain.resume ? OPEN : ENDED;
        plain.engine->err = plain.resume ? BR_ERR_OK : BR_ERR_UNEXPECTED;
        return;
    }
    (*x509)->start_chain(x509, plain.name[0] != 0 ? plain.name : NULL);
    while (len > 2) {
        size_t size = (size_t)at[0] << 8 | at[1];
        size = size < len - 2 ? size : len - 2;
        show_certificate(x509, at + 2, size);
        at += 2 + size;
        len -= 2 + size;
    }
    int error = (int)(*x509)->end_chain(x509);
    if (error != BR_ERR_OK) {
        end_plain(error);
        return;
    }
    plain.phase = OPEN;
}

static void take_record(void)
{
    size_t end = plain.in;
    plain.in = 0;
    if (plain.buf[0] == HELLO && plain.phase == HELLO_IN) {
        judge_server(plain.buf + HEADER, end - HEADER);
        plain.out = HEADER;
    } else if (plain.buf[0] == DATA && plain.phase == OPEN) {
        plain.taken = HEADER;
        plain.shown = end;
    } else {
        end_plain(plain.buf[0] == ALERT && plain.phase == OPEN ? BR_ERR_OK : BR_ERR_UNEXPECTED);
    }
}

static size_t record_size(void)
{
    return HEADER + ((size_t)plain.buf[1] << 8 | plain.buf[2]);
}

unsigned char *br_ssl_engine_recvrec_buf(const br_ssl_engine_context *cc, size_t *len)
{
    (void)cc;
    if ((br_ssl_engine_current_state(cc) & BR_SSL_RECVREC) == 0) {
        *len = 0;
        return NULL;
    }
    *len = (plain.in < HEADER ? HEADER : record_size()) - plain.in;
    return plain.buf + plain.in;
}

void br_ssl_engine_recvrec_ack(br_ssl_engine_context *cc, size_t len)
{
    (void)cc;
    plain.in += len;
    if (plain.in < HEADER) {
        return;
    }
    if (record_size() > plain.size) {
        end_plain(BR_ERR_TOO_LARGE);
    } else if (plain.in == record_size()) {
        take_record();
    }
}

unsigned char *br_ssl_engine_recvapp_buf(const br_ssl_engine_context *cc, size_t *len)
{
    (void)cc;
    *len = plain.shown - plain.taken;
    return *len > 0 ? plain.buf + plain.taken : NULL;
}

void br_ssl_engine_recvapp_ack(br_ssl_engine_context *cc, size_t len)
{
    (void)cc;
    plain.taken += len;
    if (plain.taken >= plain.shown) {
        plain.taken = plain.shown = 0;
        plain.out = HEADER;
    }
}

/* --- what goes out --- */

unsigned char *br_ssl_engine_sendapp_buf(const br_ssl_engine_context *cc, size_t *len)
{
    if ((br_ssl_engine_current_state(cc) & BR_SSL_SENDAPP) == 0) {
        *len = 0;
        return NULL;
    }
    *len = plain.size - plain.out;
    return plain.buf + plain.out;
}

void br_ssl_engine_sendapp_ack(br_ssl_engine_context *cc, size_t len)
{
    (void)cc;
    plain.out += len;
    if (plain.out == plain.size) {
        start_record(DATA);
    }
}

void br_ssl_engine_flush(br_ssl_engine_context *cc, int force)
{
    (void)cc, (void)force;
    if (plain.phase == OPEN && !plain.sending && plain.shown == 0 && plain.in == 0 && plain.out > HEADER) {
        start_record(DATA);
    }
}

unsigned char *br_ssl_engine_sendrec_buf(const br_ssl_engine_context *cc, size_t *len)
{
    (void)cc;
    *len = plain.sending ? plain.out - plain.sent : 0;
    return plain.sending ? plain.buf + plain.sent : NULL;
}

void br_ssl_engine_sendrec_ack(br_ssl_engine_context *cc, size_t len)
{
    (void)cc;
    plain.sent += len;
    if (plain.sent == plain.out) {
        plain.sending = false;
        plain.out = HEADER;
        plain.phase = plain.phase == HELLO_OUT ? HELLO_IN : plain.phase;
    }
}

void br_ssl_engine_close(br_ssl_engine_context *cc)
{
    (void)cc;
    if (plain.phase == OPEN && !plain.sending) {
        plain.out = HEADER;
        start_record(ALERT);
    }
}

/* --- the state --- */

unsigned br_ssl_engine_current_state(const br_ssl_engine_context *cc)
{
    (void)cc;
    if (plain.phase == ENDED) {
        return BR_SSL_CLOSED;
    }
    if (plain.sending) {
        return BR_SSL_SENDREC;
    }
    if (plain.phase != OPEN || plain.in > 0) {
        return BR_SSL_RECVREC;
    }
    if (plain.shown > 0) {
        return BR_SSL_RECVAPP;
    }
    return BR_SSL_SENDAPP | (plain.out == HEADER ? BR_SSL_RECVREC : 0u);
}
