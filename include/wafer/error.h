/* Return values. Every function of wafer that can fail returns an int: 0 or a
 * positive count on success, else one negative value of enum wafer_error.
 *
 * The enum says what went wrong; struct wafer_last (wafer.h) says where, and what the
 * CA or the TLS engine said about it. The functions here may be called at any time from
 * any task: they only read constants. */
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

/* What becomes of an operation that failed so. */
enum wafer_error_kind {
    WAFER_ERROR_PERSON, /* stays until somebody acts, here or at the CA */
    WAFER_ERROR_PASSES, /* may pass by itself: try again as scheduled */
    WAFER_ERROR_LOCAL,  /* this device's own matter: settings, store, solver. The CA was not
                           asked in vain, so nothing is scheduled; another CA is no help */
    WAFER_ERROR_PAUSED  /* cut off or put off: nothing is scheduled, and it goes on at the next call */
};

/* One row for each error: X(name, value, kind, text). The text completes the
 * sentence "cannot ...: TEXT" and is kept by src/base/error.c alone, which a
 * firmware may leave out. What a CA says (enum wafer_action) is stronger than the kind. */
#define WAFER_ERRORS(X) \
    X(ARGUMENT, -1, LOCAL, "an argument or a setting is not valid") \
    X(SPACE, -2, PERSON, "a buffer is too small for the data") \
    X(SYNTAX, -3, PERSON, "the data is malformed") \
    X(AGAIN, -4, PASSES, "nothing to read or write yet") \
    X(TIMEOUT, -5, PASSES, "no answer in time") \
    X(CLOSED, -6, PASSES, "the connection was closed") \
    X(RESOLVE, -7, PASSES, "no name server gave an address of the host") \
    X(CONNECT, -8, PASSES, "no address of the host accepted the connection") \
    X(NETWORK, -9, PASSES, "the network failed") \
    X(ADDRESS_IN_USE, -10, LOCAL, "another program listens on this port") \
    X(ADDRESS_DENIED, -11, LOCAL, "not allowed to listen on this address or port") \
    X(ENTROPY, -12, LOCAL, "the random source gave no data") \
    X(CLOCK, -13, PERSON, "the time is not known") \
    X(TLS, -14, PASSES, "the TLS handshake or connection failed") \
    X(UNTRUSTED, -15, PERSON, "the server's certificate chain ends at no trusted root") \
    X(WRONG_NAME, -16, PERSON, "the server's certificate is for another name") \
    X(CERT_TIME, -17, PERSON, "the server's certificate is expired or not yet valid") \
    X(HTTP, -18, PASSES, "the server's answer is not valid HTTP") \
    X(HTTP_STATUS, -19, PERSON, "the server answered with an unexpected HTTP status") \
    X(REDIRECT, -20, PERSON, "the server redirects too often or to a place not allowed") \
    X(TOO_LARGE, -21, PERSON, "the server's answer is larger than the buffer for it") \
    X(JSON, -22, PASSES, "the server's answer is not the JSON that ACME defines") \
    X(PROBLEM, -23, PERSON, "the CA refused the request") \
    X(RATE_LIMITED, -24, PASSES, "the CA's rate limit is reached") \
    X(NO_CHALLENGE, -25, PERSON, "the CA offers no challenge that the solver can answer") \
    X(VALIDATION, -26, PERSON, "the CA could not validate a name") \
    X(ORDER, -27, PERSON, "the order became invalid") \
    X(CHAIN, -28, PERSON, "the issued certificate is not the one ordered") \
    X(TERMS, -29, LOCAL, "the CA's terms of service are not agreed to") \
    X(SOLVER, -30, LOCAL, "the solver could not present the challenge") \
    X(FLASH, -31, LOCAL, "the flash device failed") \
    X(STORE_FORMAT, -32, LOCAL, "the flash holds no store of this format and geometry") \
    X(STORE_FULL, -33, LOCAL, "the store is full") \
    X(NOT_FOUND, -34, PERSON, "there is no such value") \
    X(DAMAGED, -35, LOCAL, "a stored value is damaged") \
    X(CANCELLED, -36, PAUSED, "cancelled by the caller") \
    X(TOO_EARLY, -37, PAUSED, "it is too early for another try") \
    X(KEY, -38, PERSON, "the key is not valid or its owner refused to sign") \
    X(BLANK, -39, LOCAL, "the flash is erased: it was never formatted") \
    X(LOCKED, -40, LOCAL, "the store is encrypted with a key that was not given") \
    X(WORN, -41, LOCAL, "the flash is worn out: too few of its blocks still work") \
    X(BUSY, -42, LOCAL, "another transaction of the store is open") \
    X(KNOBS, -43, LOCAL, "the application was compiled with other knobs than the library") \
    X(HANDSHAKE, -44, PERSON, "the server's TLS cannot be used")

enum wafer_error {
#define WAFER_ERROR_MEMBER(name, value, kind, text) WAFER_E_##name = value,
    WAFER_ERRORS(WAFER_ERROR_MEMBER)
#undef WAFER_ERROR_MEMBER
};

/* The kind of an error; of a value outside the enum WAFER_ERROR_PERSON. */
enum wafer_error_kind wafer_error_kind(int error);

/* A one-line English text for an error, without a full stop; static memory.
 * A value outside the enum gives "unknown error". */
const char *wafer_error_text(int error);

/* The name of an error for logs and --json, e.g. "WRONG_NAME"; static memory. */
const char *wafer_error_name(int error);

#ifdef __cplusplus
}
#endif

#endif
