/* Asks the system for the addresses of a name: for the port, and for its look-up in a child
 * process, which the command has over every stack. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>
#include "wafer/error.h"
#include "system.h"

int wafer_posix_query(const char *host, int flags, struct addrinfo **list)
{
    struct addrinfo hints;

    memset(&hints, 0, sizeof hints);
    hints.ai_flags = flags;
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_protocol = IPPROTO_TCP;
    int rc = getaddrinfo(host, NULL, &hints, list);
    return rc == 0 ? 0 : WAFER_E_RESOLVE;
}
