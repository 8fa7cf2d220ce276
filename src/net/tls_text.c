/* The texts of what can go wrong with TLS, and their remedies. */
#include "wafer/tls_error.h"

#include <bearssl.h>
#include <stddef.h>

#define RECEIVED(alert) (BR_ERR_RECV_FATAL_ALERT + (alert))

/* clang-format off */
/* Remedies that several have in common. */
#define BROKEN  "ask who runs the server, or whatever stands between it and this device, to repair its TLS"
#define VERSION "ask who runs the server to enable TLS 1.2"
#define SUITES "ask who runs the server to enable TLS 1.2 and ECDHE with ChaCha20-Poly1305 or AES-GCM, on P-256 or P-384"
#define AGAIN   "try again; if it stays so, ask who runs the server"
#define DEFECT  "please report this as a bug of wafer"
#define CHAIN   "ask who runs the server to repair its certificate chain"
#define REPLACE "ask who runs the server to replace this certificate"
#define KEYS "ask who runs the server for a chain with RSA keys of up to 4096 bits, P-256 or P-384, signed with SHA-256, SHA-384 or SHA-512"
#define NO_CLIENT "ask who runs the server for access without a client certificate: wafer has none"

/* Texts, too: the number tells them apart. */
#define MESSAGE     "a message of the server's handshake is malformed"
#define CERTIFICATE "a certificate of the server is malformed"
#define CLIENT      "the server demands a client certificate"

static const struct row {
    unsigned short code;
    const char *text, *remedy;
} rows[] = {
    {BR_ERR_BAD_PARAM, MESSAGE, BROKEN},
    {BR_ERR_BAD_STATE, "the TLS engine was called at the wrong time", DEFECT},
    {BR_ERR_UNSUPPORTED_VERSION, "the server answers with another version than TLS 1.2", VERSION},
    {BR_ERR_BAD_VERSION, "the server changes the TLS version from record to record", VERSION},
    {BR_ERR_BAD_LENGTH, "a TLS record has a length that is not allowed", BROKEN},
    {BR_ERR_TOO_LARGE, "a TLS record is larger than the buffer for it", "build wafer with a larger WAFER_TLS_BUFFER"},
    {BR_ERR_BAD_MAC, "a TLS record was damaged or forged on its way", AGAIN},
    {BR_ERR_NO_RANDOM, "the TLS engine has no random data", DEFECT},
    {BR_ERR_UNKNOWN_TYPE, "a TLS record is of an unknown type", BROKEN},
    {BR_ERR_UNEXPECTED, "the server sends a message that is not due", BROKEN},
    {BR_ERR_BAD_CCS, MESSAGE, BROKEN},
    {BR_ERR_BAD_ALERT, MESSAGE, BROKEN},
    {BR_ERR_BAD_HANDSHAKE, MESSAGE, BROKEN},
    {BR_ERR_OVERSIZED_ID, MESSAGE, BROKEN},
    {BR_ERR_BAD_CIPHER_SUITE, "the server chose a cipher suite that was not offered", SUITES},
    {BR_ERR_BAD_COMPRESSION, "the server wants compression", "ask who runs the server to switch off TLS compression"},
    {BR_ERR_BAD_FRAGLEN, MESSAGE, BROKEN},
    {BR_ERR_BAD_SECRENEG, MESSAGE, BROKEN},
    {BR_ERR_EXTRA_EXTENSION, "the server sends a TLS extension that was not offered", BROKEN},
    {BR_ERR_BAD_SNI, MESSAGE, BROKEN},
    {BR_ERR_BAD_HELLO_DONE, MESSAGE, BROKEN},
    {BR_ERR_LIMIT_EXCEEDED, "the server's key or signature is too large", KEYS},
    {BR_ERR_BAD_FINISHED, "the handshake was changed on its way", AGAIN},
    {BR_ERR_RESUME_MISMATCH, "the server resumes a session with other parameters", AGAIN},
    {BR_ERR_INVALID_ALGORITHM, "the server uses a curve or signature algorithm that was not offered", SUITES},
    {BR_ERR_BAD_SIGNATURE, "the server's signature does not fit the key of its certificate", "ask who runs the server to install the key that belongs to the certificate"},
    {BR_ERR_WRONG_KEY_USAGE, "the server's certificate has a key that its cipher suite cannot use", REPLACE},
    {BR_ERR_NO_CLIENT_AUTH, "there is no client certificate", NO_CLIENT},
    {BR_ERR_IO, "the connection broke off", AGAIN},
    {BR_ERR_X509_INVALID_VALUE, CERTIFICATE, REPLACE},
    {BR_ERR_X509_TRUNCATED, CERTIFICATE, REPLACE},
    {BR_ERR_X509_EMPTY_CHAIN, "the server shows no certificate", CHAIN},
    {BR_ERR_X509_INNER_TRUNC, CERTIFICATE, REPLACE},
    {BR_ERR_X509_BAD_TAG_CLASS, CERTIFICATE, REPLACE},
    {BR_ERR_X509_BAD_TAG_VALUE, CERTIFICATE, REPLACE},
    {BR_ERR_X509_INDEFINITE_LENGTH, CERTIFICATE, REPLACE},
    {BR_ERR_X509_EXTRA_ELEMENT, CERTIFICATE, REPLACE},
    {BR_ERR_X509_UNEXPECTED, CERTIFICATE, REPLACE},
    {BR_ERR_X509_NOT_CONSTRUCTED, CERTIFICATE, REPLACE},
    {BR_ERR_X509_NOT_PRIMITIVE, CERTIFICATE, REPLACE},
    {BR_ERR_X509_PARTIAL_BYTE, CERTIFICATE, REPLACE},
    {BR_ERR_X509_BAD_BOOLEAN, CERTIFICATE, REPLACE},
    {BR_ERR_X509_OVERFLOW, CERTIFICATE, REPLACE},
    {BR_ERR_X509_BAD_DN, CERTIFICATE, REPLACE},
    {BR_ERR_X509_BAD_TIME, CERTIFICATE, REPLACE},
    {BR_ERR_X509_UNSUPPORTED, "a certificate of the server has a key, curve or signature algorithm that wafer does not support", KEYS},
    {BR_ERR_X509_LIMIT_EXCEEDED, "a certificate of the server has a key or signature that is too large", KEYS},
    {BR_ERR_X509_WRONG_KEY_TYPE, "a certificate of the server is signed with another kind of key than its issuer has", CHAIN},
    {BR_ERR_X509_BAD_SIGNATURE, "the next certificate's key has not signed a certificate of the server's chain", CHAIN},
    {BR_ERR_X509_TIME_UNKNOWN, "the TLS engine has no time", DEFECT},
    {BR_ERR_X509_EXPIRED, "the server's certificate is expired or not yet valid", "check this device's clock; else the server must renew it"},
    {BR_ERR_X509_DN_MISMATCH, "the certificates of the server's chain are in the wrong order", "ask who runs the server to put its own certificate first, then that of each one's issuer"},
    {BR_ERR_X509_BAD_SERVER_NAME, "the server's certificate is for another name", "use a name or address that the server's certificate has"},
    {BR_ERR_X509_CRITICAL_EXTENSION, "a certificate of the server has a critical extension that wafer does not know", REPLACE},
    {BR_ERR_X509_NOT_CA, "a certificate of the server's chain is not a CA's, or has more below it than its path length allows", CHAIN},
    {BR_ERR_X509_FORBIDDEN_KEY_USAGE, "the key usage of a certificate of the server does not allow its use", REPLACE},
    {BR_ERR_X509_WEAK_PUBLIC_KEY, "a certificate of the server has an RSA key of less than 2048 bits", REPLACE},
    {BR_ERR_X509_NOT_TRUSTED, "the server's certificate chain ends at no trusted root", "trust the root of that CA, or ask who runs the server to send the whole chain"},
    {WAFER_TLS_PURPOSE, "the extended key usage of a certificate of the server lacks serverAuth", REPLACE},
    {WAFER_TLS_CONSTRAINT, "the name constraints of a CA in the server's chain forbid a name of the server", REPLACE},
    {WAFER_TLS_CERTIFICATE_SIZE, "a certificate of the server is larger than WAFER_WORK_SIZE", "build wafer with a larger WAFER_WORK_SIZE"},
    {WAFER_TLS_NOT_TLS, "what answers there does not speak TLS", "check host and port of the URL: it must be an HTTPS server"},
    {WAFER_TLS_CLIENT_CERTIFICATE, CLIENT, NO_CLIENT},
    {RECEIVED(0), "the server ends the connection", AGAIN}, /* close_notify */
    {RECEIVED(10), "the server finds a message out of place", BROKEN}, /* unexpected_message */
    {RECEIVED(20), "a TLS record was damaged on its way to the server", AGAIN}, /* bad_record_mac */
    {RECEIVED(21), "the server cannot decrypt a TLS record", BROKEN}, /* decryption_failed */
    {RECEIVED(22), "the server finds a TLS record too large", BROKEN}, /* record_overflow */
    {RECEIVED(30), "the server cannot decompress a TLS record", BROKEN}, /* decompression_failure */
    {RECEIVED(40), "the server finds no TLS version, cipher suite, curve or signature algorithm that both have", SUITES}, /* handshake_failure */
    {RECEIVED(41), CLIENT, NO_CLIENT}, /* no_certificate */
    {RECEIVED(42), CLIENT, NO_CLIENT}, /* bad_certificate */
    {RECEIVED(43), CLIENT, NO_CLIENT}, /* unsupported_certificate */
    {RECEIVED(44), CLIENT, NO_CLIENT}, /* certificate_revoked */
    {RECEIVED(45), CLIENT, NO_CLIENT}, /* certificate_expired */
    {RECEIVED(46), CLIENT, NO_CLIENT}, /* certificate_unknown */
    {RECEIVED(47), "the server finds a field of the handshake not valid", BROKEN}, /* illegal_parameter */
    {RECEIVED(48), CLIENT, NO_CLIENT}, /* unknown_ca */
    {RECEIVED(49), "the server denies access", "ask who runs the server whether this device may use it"}, /* access_denied */
    {RECEIVED(50), "the server cannot read a message of the handshake", BROKEN}, /* decode_error */
    {RECEIVED(51), "the server finds the handshake changed on its way", AGAIN}, /* decrypt_error */
    {RECEIVED(60), "the server keeps to an export restriction", SUITES}, /* export_restriction */
    {RECEIVED(70), "the server does not have TLS 1.2", VERSION}, /* protocol_version */
    {RECEIVED(71), "the server wants stronger algorithms than TLS 1.2 of wafer has", SUITES}, /* insufficient_security */
    {RECEIVED(80), "the server has an internal error", AGAIN}, /* internal_error */
    {RECEIVED(86), "the server takes the version of TLS for a fallback", VERSION}, /* inappropriate_fallback */
    {RECEIVED(90), "the server was told to break off the handshake", AGAIN}, /* user_canceled */
    {RECEIVED(100), "the server wants to renegotiate, or refuses to", BROKEN}, /* no_renegotiation */
    {RECEIVED(109), "the server misses a TLS extension", VERSION}, /* missing_extension */
    {RECEIVED(110), "the server does not support a TLS extension", BROKEN}, /* unsupported_extension */
    {RECEIVED(111), CLIENT, NO_CLIENT}, /* certificate_unobtainable */
    {RECEIVED(112), "the server has nothing under this name (SNI)", "check the host of the URL, and ask who runs the server"}, /* unrecognized_name */
    {RECEIVED(113), "the server finds an OCSP response not valid", BROKEN}, /* bad_certificate_status_response */
    {RECEIVED(114), "the server finds a certificate's hash not valid", BROKEN}, /* bad_certificate_hash_value */
    {RECEIVED(115), "the server wants a shared key (PSK)", SUITES}, /* unknown_psk_identity */
    {RECEIVED(116), CLIENT, NO_CLIENT}, /* certificate_required */
    {RECEIVED(120), "the server has no application protocol (ALPN) for wafer", "check host and port of the URL: it must be an HTTPS server"}, /* no_application_protocol */
    {BR_ERR_SEND_FATAL_ALERT, "wafer breaks off with an alert", DEFECT}, /* of any number: BearSSL's client sends none */
    {RECEIVED(255), "the server breaks off with an unknown alert", BROKEN}, /* of any other number */
};
/* clang-format on */

#define ROWS (sizeof rows / sizeof rows[0])

static const struct row *find_row(int code)
{
    size_t i = 0;

    if (code > BR_ERR_SEND_FATAL_ALERT) {
        code = BR_ERR_SEND_FATAL_ALERT;
    }
    while (i < ROWS && rows[i].code != code) {
        i++;
    }
    if (i == ROWS && code > BR_ERR_RECV_FATAL_ALERT) {
        i--; /* of an unknown number */
    }
    return i < ROWS ? &rows[i] : NULL;
}

const char *wafer_tls_text(int tls_error)
{
    const struct row *row = find_row(tls_error);
    return row != NULL ? row->text : "";
}

const char *wafer_tls_remedy(int tls_error)
{
    const struct row *row = find_row(tls_error);
    return row != NULL ? row->remedy : "";
}
