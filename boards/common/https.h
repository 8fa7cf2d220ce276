/* A small HTTPS server: one page, one connection at a time, with the certificate
 * that the store holds. */
#ifndef WAFER_BOARD_HTTPS_H
#define WAFER_BOARD_HTTPS_H

#include <bearssl.h>
#include "wafer/wafer.h"

/* Certificates of a chain that are sent, and the octets for all of them. */
#define HTTPS_CHAIN      4
#define HTTPS_CHAIN_SIZE 6144

#ifdef BOARD_NO_HTTPS
struct https {
    char unused;
};
#else
/* It takes no more than a struct wafer, and the two are not used at once. */
struct https {
    br_ssl_server_context server;
    br_x509_certificate chain[HTTPS_CHAIN];
    size_t chain_len;
    struct wafer_key key;
    br_ec_private_key ec;
    uint8_t der[HTTPS_CHAIN_SIZE];
    uint8_t buffer[WAFER_TLS_BUFFER];
};
#endif

/* Writes the page into `text`; returns its length. */
typedef size_t (*https_page)(char *text, size_t size);

/* Loads key and chain of a certificate. Returns 0 or a negative error. */
int https_load(struct https *https, struct wafer_store *store,
               const struct wafer_certificate *certificate) WAFER_MUST_CHECK;

/* Serves on TCP port 443 for so long. Returns 0, or a negative error when it can't
 * listen; a client's failure is none. */
int https_serve(struct https *https, const struct wafer_port *port, https_page page,
                uint32_t ms) WAFER_MUST_CHECK;

/* Forgets the key. */
void https_close(struct https *https);

#endif
