/* An emulated network: a struct wafer_port over scripted connections in memory and a clock that
 * only waiting moves. Any call can be made to fail. */
#ifndef EMU_NET_H
#define EMU_NET_H

#include <stdbool.h>
#include "wafer/port.h"

#define EMU_CONNECTIONS 40
#define EMU_LISTENER    100 /* handle of the listener; connections have 0... */

/* One connection that a peer opens, and what the peer does on it. */
struct emu_connection {
    uint32_t at_ms;    /* when it comes */
    const char *input; /* what the peer sends */
    size_t input_len;
    size_t portion;         /* octets that arrive together, 0: all */
    uint32_t interval_ms;   /* between portions */
    bool ends;              /* the peer ends the stream after its input */
    size_t write_portion;   /* octets taken by each write, 0: all */
    uint32_t deaf_until_ms; /* there is no room to write before this time; 0: always is */

    size_t taken;      /* octets read so far */
    char output[1024]; /* what was written to the peer, with a NUL */
    size_t output_len;
    bool accepted, closed;
    uint32_t accepted_ms, closed_ms;
};

struct emu_net {
    struct wafer_port port;
    uint32_t now_ms;
    struct emu_connection connections[EMU_CONNECTIONS];
    size_t count;
    bool listening;
    unsigned listens;  /* calls of listen */
    int listen_result; /* negative: listen fails so */
    unsigned calls;    /* that can fail: all but close and monotonic_ms */
    unsigned fail_at;  /* the call that fails, from 1; 0: none */
    int fail_with;
    unsigned waits;
    uint32_t idle_ms;               /* when idle was called last */
    uint32_t idle_gap_ms;           /* longest time between two calls */
    unsigned idle_calls, cancel_at; /* cancel_at: the call that cancels, 0: none */
};

void emu_net_init(struct emu_net *net);

/* Adds a connection that comes at a time and sends a text at once; change it as needed. */
struct emu_connection *emu_net_connection(struct emu_net *net, uint32_t at_ms, const char *input);

#endif
