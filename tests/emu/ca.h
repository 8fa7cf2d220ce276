/* An emulated CA (RFC 8555) in the tests' own process: it issues real certificates, and is honest
 * as long as its octets of hostility are 0 or at their end. Its objects are always as an honest CA
 * has them; what is bent is what it says of them. */
#ifndef EMU_CA_H
#define EMU_CA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wafer/signer.h"

#define CA_HOST       "ca.test"
#define CA_OTHER_HOST "other.test" /* serves the same, with a certificate of its own */
#define CA_DIRECTORY  "https://" CA_HOST "/dir"
#define CA_NAMES      4 /* in an order */
#define CA_NAME_MAX   64
#define CA_ORDERS     32 /* that it remembers */
#define CA_ACCOUNTS   8
#define CA_NONCES     64
#define CA_BODY       40000
#define CA_HEADERS    4096
#define CA_TOKEN      40

/* Octets that say how answers are bent: 0, and what stands behind the end, is honest. */
struct ca_octets {
    const uint8_t *data;
    size_t len, at;
};

enum ca_status { CA_PENDING, CA_READY, CA_PROCESSING, CA_VALID, CA_INVALID };

struct ca_order {
    uint32_t number; /* 0: unused */
    uint32_t account;
    int64_t expires;
    enum ca_status status;
    unsigned name_count;
    char names[CA_NAMES][CA_NAME_MAX];
    enum ca_status proofs[CA_NAMES]; /* pending, processing, valid or invalid */
    int64_t decides_ms[CA_NAMES];    /* when a processing one is decided */
    int64_t issues_ms;               /* when a processing order becomes valid */
    uint8_t point[WAFER_POINT_SIZE]; /* of the request */
    uint32_t serial;
    int64_t not_before, not_after;
    uint8_t sick; /* enum ca_sickness: what its URL says from now on */
    uint8_t flaw; /* enum ca_flaw of its certificate */
    uint8_t flaw_octet;
};

/* An order whose URL is broken for good. */
enum ca_sickness {
    CA_SOUND,
    CA_SAYS_500,
    CA_SAYS_404,
    CA_SAYS_EMPTY,
    CA_SAYS_HTML,
    CA_SAYS_PROCESSING,
    CA_REDIRECTS,
    CA_SICKNESSES
};

/* What is wrong with a certificate. */
enum ca_flaw {
    CA_FLAWLESS,
    CA_WRONG_KEY,
    CA_WRONG_SIGNATURE,
    CA_WRONG_NAME,
    CA_MORE_NAMES,
    CA_SHORT_LIVED, /* seconds */
    CA_BACKDATED,   /* expired, or nearly */
    CA_FUTURE,      /* begins in days */
    CA_LONG_LIVED,
    CA_ALONE,        /* no issuer behind it */
    CA_WRONG_ISSUER, /* another one's certificate behind it */
    CA_ISSUER_TWICE,
    CA_LONG_CHAIN,
    CA_BROKEN_PEM,
    CA_FLAWS
};

struct ca_account {
    uint32_t number; /* 0: unused */
    char x[64], y[64];
    char thumbprint[44];
};

/* A request as it came. */
struct ca_request {
    char method[8];
    char host[128];
    char target[300];
    bool is_signed;
    char nonce[128];
    char url[300];
    char kid[300];
    char x[64], y[64]; /* of the JWK, "" when there is a kid */
    uint8_t payload[8192];
    size_t payload_len;
};

/* How the connection goes on after an answer. */
enum ca_ending { CA_KEEPS, CA_CLOSES, CA_BREAKS_OFF, CA_FALLS_SILENT };

/* An answer before it is octets, and after. */
struct ca_reply {
    int status;
    const char *type;         /* Content-Type, or NULL */
    char headers[CA_HEADERS]; /* more of them, each with its CRLF */
    char body[CA_BODY];
    size_t body_len;
    bool no_nonce, no_date, chunked;
    int64_t date;
    char interim[256];             /* stands before the answer */
    size_t cut;                    /* octets that go out before it breaks off; 0: all */
    uint32_t delay_ms;             /* before the first octet */
    uint32_t portion, interval_ms; /* 0: all at once */
    enum ca_ending ending;
    bool power_goes; /* the device's power fails before it can read this */
    char octets[CA_BODY + 2 * CA_HEADERS];
    size_t len;
};

struct emu_ca {
    const int64_t *now_ms; /* the true time, since 1970 */
    struct ca_octets octets;
    uint32_t lifetime_s; /* of its certificates */
    uint8_t wording;     /* of "I don't know this account": 0, 1, 2 */
    /* What validation finds; the device's end of http-01. */
    bool (*fetch)(void *ctx, const char *name, const char *token, const char *thumbprint);
    void *fetch_ctx;

    struct ca_account accounts[CA_ACCOUNTS];
    struct ca_order orders[CA_ORDERS];
    uint32_t account_count, order_count, nonce_count, serial;
    uint64_t used_nonces; /* bit n: nonce_count - 1 - n was used */
    unsigned validations; /* attempts, and successes */
    unsigned issued;
    unsigned orders_told; /* newOrder answered with 201: the client knows of it */
    unsigned requests;
    struct ca_request request;
    struct ca_reply reply;
};

void emu_ca_init(struct emu_ca *ca, const int64_t *now_ms);

/* The next octet of hostility. */
uint8_t ca_octet(struct emu_ca *ca);

/* What a request asks for, as an honest CA does it, or bent: in ca->reply. */
void emu_ca_answer(struct emu_ca *ca, const char *request, size_t len);

/* Milliseconds since 1970 when the next validation is due, INT64_MAX: none is. */
int64_t emu_ca_next_fetch(const struct emu_ca *ca);

/* Does what is due by now. */
void emu_ca_tick(struct emu_ca *ca);

/* --- its parts, for each other --- */

int64_t ca_now(const struct emu_ca *ca); /* seconds */

/* Parses a whole request: its line, its headers, and the JWS of a POST. Whether it is one. */
bool ca_parse(struct ca_request *request, const char *text, size_t len);

/* Takes the request for the certificate out of a finalize. Whether it is for exactly the order's names. */
bool ca_take_csr(const struct ca_request *request, struct ca_order *order);

void ca_problem(struct ca_reply *reply, int status, const char *type, const char *detail);
void ca_header(struct ca_reply *reply, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void ca_body(struct ca_reply *reply, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Replaces the first `from` of the body. */
void ca_replace(struct ca_reply *reply, const char *from, const char *to);

/* Makes octets of the reply. */
void ca_write(struct emu_ca *ca, bool head);

struct ca_order *ca_find_order(struct emu_ca *ca, uint32_t number);
void ca_token(const struct ca_order *order, unsigned index, char token[CA_TOKEN]);
void ca_show_order(struct emu_ca *ca, struct ca_order *order, int status);
void ca_show_authorization(struct emu_ca *ca, const struct ca_order *order, unsigned index);
void ca_show_challenge(struct emu_ca *ca, const struct ca_order *order, unsigned index);

/* Bends the reply as the next octets say, or does not. */
void ca_bend(struct emu_ca *ca, struct ca_order *order);

/* Whether the octets ask for the power to go before this request reaches the CA. */
bool ca_loses_power_first(struct emu_ca *ca);

/* The certificate of an order with its chain, in PEM, as the body of the reply; `alternate`: by the
 * other issuer. */
void ca_show_chain(struct emu_ca *ca, const struct ca_order *order, bool alternate);

#endif
