/* Why TLS failed: texts for wafer_last's tls_error, each with what to do about it. They are
 * linked only by who calls the functions here, which may be called at any time from any task. */
#ifndef WAFER_TLS_ERROR_H
#define WAFER_TLS_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* What BearSSL has no number for; its own (BR_ERR_*) are below 64, fatal alerts (RFC 5246 7.2) are
 * 256 (received) and 512 (sent) with the alert's number on top. */
enum wafer_tls_error {
    WAFER_TLS_PURPOSE = 64,           /* a certificate's extKeyUsage lacks serverAuth */
    WAFER_TLS_CONSTRAINT = 65,        /* the server's names are outside of a CA's nameConstraints */
    WAFER_TLS_CERTIFICATE_SIZE = 66,  /* a certificate is larger than WAFER_WORK_SIZE */
    WAFER_TLS_NOT_TLS = 67,           /* what answers does not speak TLS */
    WAFER_TLS_CLIENT_CERTIFICATE = 68 /* the server wants the client to have a certificate */
};

/* One line of English, without a full stop, that completes "the CA at HOST: "; static memory.
 * "" for 0 and for what is none of these. docs/errors.md lists them all. */
const char *wafer_tls_text(int tls_error);

/* The same: what to do, as "ask who runs the server to ...". */
const char *wafer_tls_remedy(int tls_error);

#ifdef __cplusplus
}
#endif

#endif
