/* The memory behind struct wafer, laid open so that its size is known when a
 * firmware is compiled. The members belong to the library: use wafer.h. What is large
 * stands last: the code for small offsets is shorter. */
#ifndef WAFER_CONTEXT_H
#define WAFER_CONTEXT_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wafer/config.h"
#include "wafer/port.h"
#include "wafer/signer.h"
#include "wafer/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* src/base/deadline.h */
struct wafer_deadline {
    uint32_t start_ms;
    uint32_t limit_ms; /* 0: none */
};

/* src/base/clock.h */
struct wafer_clock {
    const struct wafer_port *port;
    int64_t floor;      /* the newest time that a CA told, in any run */
    int64_t base;       /* what the CA told in this client's life, 0: nothing */
    int64_t base_wall;  /* what the port's clock says then, if nobody sets it */
    uint32_t base_ms;   /* monotonic time of both */
    bool warned;        /* in this operation, of a wrong clock */
};

/* src/net/tls_validator.h: an X.509 validator that wraps BearSSL's. */
struct wafer_tls_validator {
    const br_x509_class *vtable;
    br_x509_minimal_context *minimal; /* BearSSL's */
    const char *host;   /* wanted dNSName, when no address is wanted */
    uint8_t *der;       /* memory for one certificate, and behind it for the server's names */
    size_t size;        /* of what is left of it for a certificate */
    size_t len, at;     /* of the certificate at hand: its octets, and those that are there */
    const uint8_t *names; /* GeneralNames of the server's certificate */
    size_t names_len;
    uint32_t issuer;    /* CRC-32 of a Name: issuer of the certificate passed on last */
    uint32_t before;    /* the same: subject of the certificate before */
    int64_t now;
    int64_t youngest;   /* latest notBefore of those passed on, 0: there is none */
    int64_t not_before, not_after; /* of the server's certificate, 0: not read */
    uint8_t ip[16];     /* wanted iPAddress */
    uint8_t ip_len;     /* 4, 16, or 0: BearSSL's validator checks the name */
    uint8_t state;      /* enum in tls_validator.c; 0: no certificate has come */
    bool named;         /* the server's certificate has the wanted address */
    uint8_t reason;     /* why a certificate was left out: what an untrusted chain is told for */
};

/* src/net/tls.h */
struct wafer_tls {
    const struct wafer_port *port;
    int handle;         /* -1: no connection */
    uint32_t io_timeout_ms;  /* longest silence of the peer */
    const struct wafer_deadline *deadline; /* of the whole operation, or NULL */
    int engine_error;   /* BR_ERR_* of the last failure, 0: none */
    bool resume;        /* the engine has a session of the same host */
    int64_t not_before, not_after; /* of the server's certificate; both 0: not known */
    int (*meanwhile)(void *ctx); /* called often while it waits; NULL: nothing to do */
    void *meanwhile_ctx;
    struct wafer_tls_validator validator;
    br_ssl_client_context client;
    br_x509_minimal_context x509;
    uint8_t buffer[WAFER_TLS_BUFFER];
};

/* src/net/http.h */
struct wafer_http {
    uint16_t tcp_port;
    bool used;          /* has served a request: a failure may be a stale connection */
    bool stale;         /* the last exchange met a dead kept-alive connection */
    uint16_t rtt_ms;    /* shortest time from a request to its answer, of this server */
    char host[WAFER_URL_MAX]; /* of the open connection, "" when none */
    struct wafer_tls tls;
};

/* src/format/json_digest.h */
struct wafer_json_digest {
    char *text;
    uint16_t size, len;
    uint16_t whole;     /* octets up to the end of the last whole member */
    uint16_t character; /* where the last character in a string began */
    uint16_t room;      /* for characters in the string */
    uint8_t depth;      /* open brackets */
    uint8_t escape;     /* octets that may belong to an escape yet */
    bool quoted, is_value, ended;
};

/* What the headers of a response said. */
struct wafer_response {
    int status;
    int32_t retry_after;  /* seconds, -1: not given */
    int64_t date;         /* Date, and Age of what comes from a cache; 0: not given */
    int32_t age;
    int64_t retry_date;   /* Retry-After given as a date, 0: not */
    bool close;           /* the connection ends with this response */
    bool headed;          /* the headers have come, all of them */
    bool overlong;        /* location would have been longer than it may be */
    int8_t body_error;    /* why the body is not whole, 0: it is */
    char nonce[WAFER_NONCE_MAX];    /* Replay-Nonce, "" when none */
    char location[WAFER_URL_MAX];   /* Location, or the Link that was asked for; "" when none */
};

/* src/acme/session.h */
struct wafer_session {
    uint16_t url[4];                 /* offset of each, 0: not offered */
    uint32_t read_ms;                /* monotonic time when it was read */
    bool loaded;
    uint16_t body_len;               /* octets of the last answer in the work buffer */
    uint32_t dropped;                /* octets of it that there was no room for */
    struct wafer_json_digest digest; /* of one that is too large */
    char nonce[WAFER_NONCE_MAX];
    char account[WAFER_URL_MAX];     /* account URL, "" when not known */
    uint8_t account_slot;
    char thumbprint[44];
    struct wafer_key key;            /* software account key */
    struct wafer_signer software;
    const struct wafer_signer *signer;
    struct wafer_response response;
    char urls[WAFER_DIRECTORY_SIZE]; /* of the directory, packed, behind a "" */
};

/* src/base/packed.h: numbered texts from both ends of one memory */
struct wafer_packed {
    uint16_t front, back; /* octets used in front; where the back begins */
    char text[WAFER_AUTHZ_SIZE];
};

/* src/acme/order.h */
struct wafer_order {
    uint8_t status;
    uint8_t slot;                    /* of the lineage in the store */
    uint8_t origin;                  /* enum wafer_order_origin */
    uint8_t authz_count;
    uint8_t presented;               /* challenges that the solver holds */
    uint8_t announced;               /* 1: the CA was told of one in this run */
    uint8_t fetched;                 /* answers fetched while no wait looked out for it */
    struct wafer_key key;            /* of the certificate */
    char url[WAFER_URL_MAX];         /* at last that of an alternate chain */
    union {
        char finalize[WAFER_URL_MAX];    /* where the request is sent to */
        char certificate[WAFER_URL_MAX]; /* once the order is valid: where the chain is */
    } link;
    char scratch[WAFER_URL_MAX > 254 ? WAFER_URL_MAX : 254]; /* a name or URL of the answer at hand */
    struct wafer_packed authz;       /* in front each authorization's URL, or that of its challenge;
                                        at the back the tokens; all with the number of their name;
                                        at last the leaf's signature */
};

#ifdef __cplusplus
}
#endif

#endif
