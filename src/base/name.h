/* Names without a look at IP addresses, for who has no reader of them. */
#ifndef WAFER_BASE_NAME_H
#define WAFER_BASE_NAME_H

#include "wafer/name.h"

/* As wafer_name_check, but an address is just no name: WAFER_NAME_NUMERIC or _CHARACTER. */
enum wafer_name_fault wafer_name_check_dns(const char *name);

#endif
