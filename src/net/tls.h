/* TLS 1.2 client: BearSSL's engine over the port's connections. Every wait calls the
 * port's idle at least once a second. */
#ifndef WAFER_TLS_H
#define WAFER_TLS_H

#include "wafer/wafer.h"

/* What one connection needs; the pointers stay in use only during connect, but for
 * port, anchors and deadline, which must outlive the connection. */
struct wafer_tls_params {
    const struct wafer_port *port;
    const struct wafer_anchors *anchors;
    br_hmac_drbg_context *drbg;
    struct wafer_clock *clock;
    uint8_t *scratch; /* for one certificate of the server, while connecting */
    size_t scratch_size;
    uint32_t io_timeout_ms; /* milliseconds without an octet after which the connection is given
                               up; 0: WAFER_IO_TIMEOUT_MS */
    const struct wafer_deadline *deadline; /* of the whole operation; NULL: none */
    wafer_ip_reader ip;                    /* reads a host that is an address; NULL: there is none */
};

void wafer_tls_init(struct wafer_tls *tls);

/* Takes the two limits of time from params: for a connection that goes on. */
void wafer_tls_limit(struct wafer_tls *tls, const struct wafer_tls_params *params);

/* Connects to host (DNS name or IP address), shakes hands, and verifies chain, name
 * (SNI and dNSName, or iPAddress SAN; a dot that ends the name is of neither) and time. When
 * the server's chain is not valid at the time that the clock gives, the handshake is repeated
 * at what the port's clock says, if that is another; and when the time is not known and the chain
 * begins after the floor, at its latest notBefore; the caller then takes the Date of the response.
 * `resume`: offer the session that the engine still has (same host as before).
 * All of that ends with WAFER_E_TIMEOUT when the operation's time is over.
 * Returns 0, the port's errors, WAFER_E_TLS, _HANDSHAKE, _UNTRUSTED, _WRONG_NAME, _CERT_TIME,
 * _CANCELLED, _TOO_LARGE for a record larger than the buffer; tls->engine_error has
 * the code that wafer_tls_text() (tls_error.h) tells of. */
int wafer_tls_connect(struct wafer_tls *tls, const struct wafer_tls_params *params, const char *host,
                      uint16_t tcp_port, bool resume) WAFER_MUST_CHECK;

/* Writes all octets (they may stay in the buffer until flush or read). */
int wafer_tls_write(struct wafer_tls *tls, const void *data, size_t len) WAFER_MUST_CHECK;
int wafer_tls_flush(struct wafer_tls *tls) WAFER_MUST_CHECK;

/* Waits for octets and shows them where they are: *data. Returns how many, never 0;
 * the caller takes some or all with wafer_tls_consume before the next call.
 * WAFER_E_CLOSED at a proper end (close_notify) and also when the TCP stream just
 * ended: HTTP's own framing tells whether the response is whole, and *proper says
 * which it was. WAFER_E_TIMEOUT, _NETWORK, _TLS, _CANCELLED, _TOO_LARGE. */
int wafer_tls_read(struct wafer_tls *tls, const uint8_t **data, bool *proper) WAFER_MUST_CHECK;
void wafer_tls_consume(struct wafer_tls *tls, size_t len);

/* Between an answer and the next request: whether nothing has come, neither octets nor an end. The
 * connection can't go on otherwise. */
bool wafer_tls_is_quiet(struct wafer_tls *tls);

/* Ends the connection (sends close_notify if that is possible at once). */
void wafer_tls_close(struct wafer_tls *tls);

/* Whether a connection is open. */
bool wafer_tls_is_open(const struct wafer_tls *tls);

/* Whether the certificate of the server, of this connection or the last one, is valid at a time. */
bool wafer_tls_is_valid_at(const struct wafer_tls *tls, int64_t seconds);

#endif
