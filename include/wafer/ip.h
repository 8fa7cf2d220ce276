/* IP addresses as text. Who wants them as names in a certificate (RFC 8738), or names the CA
 * by its address, puts wafer_ip_parse into the configuration; a firmware that does not links
 * none of it. */
#ifndef WAFER_IP_H
#define WAFER_IP_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Parses an IPv4 dotted quad or an IPv6 address (RFC 4291 2.2, no zone) into network
 * order. Returns 4 or 16, the length, or WAFER_E_SYNTAX. A pure function. */
int wafer_ip_parse(const char *text, size_t len, uint8_t address[16]) WAFER_MUST_CHECK;

/* What reads addresses: wafer_ip_parse, or NULL where there are DNS names alone. */
typedef int (*wafer_ip_reader)(const char *text, size_t len, uint8_t address[16]);

#ifdef __cplusplus
}
#endif

#endif
