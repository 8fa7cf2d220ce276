/* The CA's directory (RFC 8555 7.1.1): where its resources are. */
#ifndef WAFER_DIRECTORY_H
#define WAFER_DIRECTORY_H

#include "wafer/wafer.h"

/* URLs that wafer keeps of a directory (RFC 8555 7.1.1): X(name, JSON name, in
 * meta, required). */
#define WAFER_DIRECTORY_URLS(X) \
    X(NEW_NONCE, "newNonce", false, true) \
    X(NEW_ACCOUNT, "newAccount", false, true) \
    X(NEW_ORDER, "newOrder", false, true) \
    X(REVOKE_CERT, "revokeCert", false, false) \
    X(KEY_CHANGE, "keyChange", false, false) \
    X(RENEWAL_INFO, "renewalInfo", false, false) \
    X(TERMS, "termsOfService", true, false)

enum wafer_directory_entry {
#define WAFER_DIRECTORY_MEMBER(name, text, meta, required) WAFER_URL_##name,
    WAFER_DIRECTORY_URLS(WAFER_DIRECTORY_MEMBER)
#undef WAFER_DIRECTORY_MEMBER
    WAFER_URL_COUNT
};

/* Reads the CA's directory, unless it was read within the last hour or as long as
 * the CA lets it be cached. */
int wafer_directory_open(struct wafer *w) WAFER_MUST_CHECK;

/* A URL of the directory, or "". */
const char *wafer_directory_url(const struct wafer *w, enum wafer_directory_entry which);

#endif
