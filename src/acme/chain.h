/* The issued certificate (RFC 8555 7.4.2): streamed from the CA into the store. */
#ifndef WAFER_CHAIN_H
#define WAFER_CHAIN_H

#include "wafer/wafer.h"

/* Downloads the chain of w->order, checks it on the way (the leaf has our key and
 * exactly the names ordered, is valid now, and each certificate is issued by the
 * next), and commits it with its key as the current certificate of the lineage;
 * the order and the schedule of failures end with the same commit. When a chain is
 * preferred and the CA's first is another, looks through its alternates. */
int wafer_chain_download(struct wafer *w, const struct wafer_request *request) WAFER_MUST_CHECK;

#endif
