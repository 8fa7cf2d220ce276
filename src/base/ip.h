/* IP addresses as text. */
#ifndef WAFER_IP_H
#define WAFER_IP_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

/* Parses an IPv4 dotted quad or an IPv6 address (RFC 4291 2.2, no zone) into
 * network order. Returns 4 or 16, the length, or WAFER_E_SYNTAX. */
int wafer_ip_parse(const char *text, size_t len, uint8_t address[16]) WAFER_MUST_CHECK;

#endif
