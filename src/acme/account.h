/* The account at the CA (RFC 8555 7.3). */
#ifndef WAFER_ACCOUNT_H
#define WAFER_ACCOUNT_H

#include "wafer/wafer.h"

/* Makes the account ready to sign with: loads it from the store, or makes a key,
 * commits it and only then registers, so that a cut-off registration is found again
 * by its key (RFC 8555 7.3.1) and never repeated with another. */
int wafer_account_open(struct wafer *w) WAFER_MUST_CHECK;

/* Registers again with the same key: the CA says it does not know the account. */
int wafer_account_register_again(struct wafer *w) WAFER_MUST_CHECK;

#endif
