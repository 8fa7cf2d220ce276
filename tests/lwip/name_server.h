/* A name server in lwIP's thread, on lwIP's loopback, which answers by a script (names[]). */
#ifndef NAME_SERVER_H
#define NAME_SERVER_H

#include <stddef.h>

/* Starts it and makes it lwIP's server. In lwIP's thread. */
void name_server_start(void);

/* Sends the answers that were kept. In lwIP's thread; the argument is not used. */
void name_server_release(void *arg);

/* How many are kept. */
size_t name_server_kept(void);

#endif
