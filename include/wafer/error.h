/* Return values. Every function of wafer that can fail returns an int: 0 or a
 * positive count on success, else one negative value of enum wafer_error.
 *
 * The enum says what kind of thing went wrong; struct wafer_last (wafer.h) says
 * where, and what the CA or the TLS engine said about it. */
#ifndef WAFER_ERROR_H
#define WAFER_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* Marks results that must be looked at. */
#if defined(__GNUC__)
#define WAFER_MUST_CHECK __attribute__((warn_unused_result))
#else
#define WAFER_MUST_CHECK
#endif

/* One row for each error: X(name, value, text). The text completes the
 * sentence "cannot ...: TEXT" and is kept by src/base/error.c alone, which a
 * firmware may leave out. */
#define WAFER_ERRORS(X) \
    X(ARGUMENT, -1, "an argument or a setting is not valid") \
    X(SPACE, -2, "a buffer is too small for the data") \
    X(SYNTAX, -3, "the data is malformed") \
    X(AGAIN, -4, "nothing to read or write yet") \
    X(TIMEOUT, -5, "no answer in time") \
    X(CLOSED, -6, "the connection was closed") \
    X(RESOLVE, -7, "no name server gave an address of the host") \
    X(CONNECT, -8, "no address of the host accepted the connection") \
    X(NETWORK, -9, "the network failed") \
    X(ADDRESS_IN_USE, -10, "another program listens on this port") \
    X(ADDRESS_DENIED, -11, "not allowed to listen on this address or port") \
    X(ENTROPY, -12, "the random source gave no data") \
    X(CLOCK, -13, "the time is not known") \
    X(TLS, -14, "the TLS handshake or connection failed") \
    X(UNTRUSTED, -15, "the server's certificate chain ends at no trusted root") \
    X(WRONG_NAME, -16, "the server's certificate is for another name") \
    X(CERT_TIME, -17, "the server's certificate is expired or not yet valid") \
    X(HTTP, -18, "the server's answer is not valid HTTP") \
    X(HTTP_STATUS, -19, "the server answered with an unexpected HTTP status") \
    X(REDIRECT, -20, "the server redirects too often or to a place not allowed") \
    X(TOO_LARGE, -21, "the server's answer is larger than the buffer for it") \
    X(JSON, -22, "the server's answer is not the JSON that ACME defines") \
    X(PROBLEM, -23, "the CA refused the request") \
    X(RATE_LIMITED, -24, "the CA's rate limit is reached") \
    X(NO_CHALLENGE, -25, "the CA offers no challenge that the solver can answer") \
    X(VALIDATION, -26, "the CA could not validate a name") \
    X(ORDER, -27, "the order became invalid") \
    X(CHAIN, -28, "the issued certificate is not the one ordered") \
    X(TERMS, -29, "the CA's terms of service are not agreed to") \
    X(SOLVER, -30, "the solver could not present the challenge") \
    X(FLASH, -31, "the flash device failed") \
    X(STORE_FORMAT, -32, "the flash holds no store of this format and geometry") \
    X(STORE_FULL, -33, "the store is full") \
    X(NOT_FOUND, -34, "there is no such record") \
    X(DAMAGED, -35, "a record is damaged") \
    X(CANCELLED, -36, "cancelled by the caller") \
    X(TOO_EARLY, -37, "an earlier failure asks to wait") \
    X(KEY, -38, "the key is not valid or its owner refused to sign") \
    X(BLANK, -39, "the flash is erased: it was never formatted") \
    X(LOCKED, -40, "the store is encrypted with a key that was not given") \
    X(WORN, -41, "the flash is worn out: too few of its blocks still work") \
    X(BUSY, -42, "another transaction of the store is open") \
    X(KNOBS, -43, "the application was compiled with other knobs than the library")

enum wafer_error {
#define WAFER_ERROR_MEMBER(name, value, text) WAFER_E_##name = value,
    WAFER_ERRORS(WAFER_ERROR_MEMBER)
#undef WAFER_ERROR_MEMBER
};

/* A one-line English text for an error, without a full stop; static memory.
 * A value outside the enum gives "unknown error". */
const char *wafer_error_text(int error);

/* The name of an error for logs and --json, e.g. "WRONG_NAME"; static memory. */
const char *wafer_error_name(int error);

#ifdef __cplusplus
}
#endif

#endif
