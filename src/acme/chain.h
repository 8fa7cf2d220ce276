/* The issued certificate (RFC 8555 7.4.2): streamed from the CA into the store. */
#ifndef WAFER_CHAIN_H
#define WAFER_CHAIN_H

#include "format/der.h"
#include "net/http_reader.h"
#include "wafer/pem.h"
#include "wafer/wafer.h"

/* Downloads the chain of w->order, checks it on the way (the leaf has our key and
 * exactly the names ordered, is valid now, and each certificate is issued by the
 * next), and commits it with its key as the current certificate of the lineage;
 * the order and the schedule of failures end with the same commit. When a chain is
 * preferred and the CA's first is another, looks through its alternates. */
int wafer_chain_download(struct wafer *w, const struct wafer_request *request) WAFER_MUST_CHECK;

#define WAFER_COMMON_NAME_MAX 65 /* RFC 5280 ub-common-name, with a NUL */

/* A chain while it streams in. */
struct wafer_chain {
    struct wafer *w;
    const struct wafer_request *request;
    struct wafer_pem pem;
    unsigned count;
    int64_t not_before, not_after;
    uint8_t issuer[32]; /* hash of the issuer's Name of the last certificate */
    char root[WAFER_COMMON_NAME_MAX]; /* commonName of that issuer, where a chain is preferred */
};

/* Where a chain is, and which Link of the answer is wanted beside it. */
struct wafer_chain_source {
    const char *url;
    wafer_http_link_taker take_link; /* NULL: none */
    unsigned alternate;
};

/* Streams one chain into a transaction of its own, which stays open. */
int wafer_chain_fetch(struct wafer *w, const struct wafer_request *request, const struct wafer_chain_source *source,
                      struct wafer_chain *c) WAFER_MUST_CHECK;

/* What a preferred chain brings along: chain_choice.c. */
struct wafer_chain_choice {
    /* Notes the issuer of each certificate. */
    void (*take_issuer)(struct wafer_chain *c, const struct wafer_der *issuer);
    /* Leaves a transaction open with the preferred chain, or with the CA's first. */
    int (*choose)(struct wafer *w, const struct wafer_request *request, struct wafer_chain *c);
};

#endif
