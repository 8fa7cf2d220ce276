/* Names where IP addresses are read only by who configured a reader of them. */
#ifndef WAFER_BASE_NAME_H
#define WAFER_BASE_NAME_H

#include "wafer/ip.h"
#include "wafer/name.h"

/* As wafer_name_check, but an address is just no name: WAFER_NAME_NUMERIC or _CHARACTER. */
enum wafer_name_fault wafer_name_check_dns(const char *name);

/* The length of the address that `ip` reads in a name: 4 or 16; 0 when the name is none, or
 * `ip` is NULL. */
size_t wafer_name_address(wafer_ip_reader ip, const char *name, uint8_t address[16]);

#endif
