/* Names that a certificate can be ordered for. A pure function: any task may call it at any
 * time. */
#ifndef WAFER_NAME_H
#define WAFER_NAME_H

#ifdef __cplusplus
extern "C" {
#endif

/* Why a name cannot be ordered as a DNS identifier. */
enum wafer_name_fault {
    WAFER_NAME_OK = 0,
    WAFER_NAME_EMPTY,        /* no octets */
    WAFER_NAME_TOO_LONG,     /* over 253 octets */
    WAFER_NAME_EMPTY_LABEL,  /* "a..b", ".a", "a." */
    WAFER_NAME_LONG_LABEL,   /* over 63 octets */
    WAFER_NAME_SPACE,        /* white space */
    WAFER_NAME_UNDERSCORE,
    WAFER_NAME_NOT_ASCII,    /* UTF-8: write it as xn-- A-labels (RFC 5891) */
    WAFER_NAME_CHARACTER,    /* another character that no host name has */
    WAFER_NAME_HYPHEN,       /* a label begins or ends with "-" */
    WAFER_NAME_WILDCARD,     /* "*" anywhere but as the first label of several */
    WAFER_NAME_IP,           /* an IP address */
    WAFER_NAME_NUMERIC       /* the last label is all digits */
};

/* Checks a name as a DNS identifier (RFC 1123 2.1, RFC 8555 7.1.4). */
enum wafer_name_fault wafer_name_check(const char *name);

#ifdef __cplusplus
}
#endif

#endif
