/* What port.h promises of the network, as tests that run over any port: the program fills
 * `contract` and lists CONTRACT_TESTS among its own. */
#ifndef PORT_CONTRACT_H
#define PORT_CONTRACT_H

#include <stdbool.h>
#include "wafer/port.h"

/* Only ends what hangs. Nothing fails because a machine is slow: times have lower bounds alone. */
#define GUARD_MS 60000

struct contract {
    struct wafer_port port; /* the idle hook is the tests': see contract_idle */

    /* What the port has no function for, with its own sockets. */
    uint16_t (*port_of)(int handle); /* TCP port of a listener */
    void (*half_close)(int handle);  /* ends its own stream, still reads */
    void (*reset)(int handle);       /* closes with a reset */
    const char *silent;              /* host that never answers a connect, at this port */
    uint16_t silent_port;
    bool ipv6;
    bool dual; /* [::] takes IPv4 too */
};

extern struct contract contract;

/* The program's idle hook must return this. It counts, and cancels where a test wants it. */
int contract_idle(void);

void contract_listen_addresses(void **state);
void contract_listen_twice(void **state);
void contract_connect_errors(void **state);
void contract_connect_deadline(void **state);
void contract_read_and_write(void **state);
void contract_write_without_room(void **state);
void contract_large_stream(void **state);
void contract_half_close(void **state);
void contract_close_with_unread_input(void **state);
void contract_peer_reset(void **state);
void contract_several_at_once(void **state);
void contract_wait(void **state);
void contract_idle_and_cancel(void **state);

#define CONTRACT_TESTS \
    cmocka_unit_test(contract_listen_addresses), cmocka_unit_test(contract_listen_twice), \
        cmocka_unit_test(contract_connect_errors), cmocka_unit_test(contract_connect_deadline), \
        cmocka_unit_test(contract_read_and_write), cmocka_unit_test(contract_write_without_room), \
        cmocka_unit_test(contract_large_stream), cmocka_unit_test(contract_half_close), \
        cmocka_unit_test(contract_close_with_unread_input), cmocka_unit_test(contract_peer_reset), \
        cmocka_unit_test(contract_several_at_once), cmocka_unit_test(contract_wait), \
        cmocka_unit_test(contract_idle_and_cancel)

#endif
