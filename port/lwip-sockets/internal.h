/* Shared by the files of this port. */
#ifndef WAFER_LWIP_SOCKETS_INTERNAL_H
#define WAFER_LWIP_SOCKETS_INTERNAL_H

#include "sockets.h"
#include "wafer_lwip_sockets.h"

/* Prepares wafer_sockets_resolve. Returns 0 or WAFER_E_NETWORK. */
int wafer_lwip_sockets_names_init(void);

#endif
