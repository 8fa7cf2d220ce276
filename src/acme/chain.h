/* The issued certificate (RFC 8555 7.4.2): streamed from the CA into the store. */
#ifndef WAFER_CHAIN_H
#define WAFER_CHAIN_H

#include "crypto/signature.h"
#include "format/x509.h"
#include "net/http_reader.h"
#include "wafer/pem.h"
#include "wafer/wafer.h"

/* Downloads the chain of w->order, checks it on the way, and commits it with its key as the
 * current certificate of the lineage; the order and the schedule of failures end with the same
 * commit. Checked is what makes the certificate usable: the leaf has our key, all names ordered
 * (it may have more), is valid now, and its signature is that of the next certificate's key.
 * What else the CA sends along is its own matter, but for a root, which is dropped. When a chain
 * is preferred and the CA's first is another, looks at its alternates before it stores one. */
int wafer_chain_download(struct wafer *w, const struct wafer_request *request) WAFER_MUST_CHECK;

#define WAFER_COMMON_NAME_MAX 65 /* RFC 5280 ub-common-name, with a NUL */

/* What is done with a chain: WAFER_CHAIN_LOOK only notes whose it is. */
enum wafer_chain_use { WAFER_CHAIN_LOOK, WAFER_CHAIN_KEEP };

/* A chain while it streams in. */
struct wafer_chain {
    struct wafer *w;
    const struct wafer_request *request;
    struct wafer_pem pem;
    enum wafer_chain_use use;
    unsigned count;
    int64_t not_before, not_after;
    struct wafer_signature signature; /* of the leaf */
    bool verified;
    char root[WAFER_COMMON_NAME_MAX]; /* commonName of the last issuer, where a chain is preferred */
};

/* Where a chain is, what for, and which Link of the answer is wanted beside it. */
struct wafer_chain_source {
    const char *url;
    enum wafer_chain_use use;
    wafer_http_link_taker take_link; /* NULL: none */
    unsigned alternate;
};

/* Streams one chain; to keep it, into a transaction of its own, which stays open. */
int wafer_chain_fetch(struct wafer *w, const struct wafer_request *request, const struct wafer_chain_source *source,
                      struct wafer_chain *c) WAFER_MUST_CHECK;

/* Notes the leaf's signature: its DER will be gone when the issuer's certificate comes. Returns 0,
 * also when it is of an unknown kind; or a negative error (noted). */
int wafer_chain_take_signature(struct wafer_chain *c, const uint8_t *der, size_t len) WAFER_MUST_CHECK;

/* Whether the owner of the next certificate has signed the leaf; notes an error if not. */
int wafer_chain_verify(struct wafer_chain *c, const struct wafer_x509 *issuer) WAFER_MUST_CHECK;

/* Whether a certificate is a root: signed by its own key. */
bool wafer_chain_is_root(const struct wafer_chain *c, const struct wafer_x509 *cert, const uint8_t *der, size_t len);

/* What a preferred chain brings along: chain_choice.c. */
struct wafer_chain_choice {
    /* Notes the issuer of each certificate. */
    void (*take_issuer)(struct wafer_chain *c, const struct wafer_der *issuer);
    /* Leaves a transaction open with the preferred chain, or with the CA's first. */
    int (*choose)(struct wafer *w, const struct wafer_request *request, struct wafer_chain *c);
};

#endif
