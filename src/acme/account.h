/* The account at the CA (RFC 8555 7.3). */
#ifndef WAFER_ACCOUNT_H
#define WAFER_ACCOUNT_H

#include "wafer/wafer.h"

enum wafer_account_state { WAFER_ACCOUNT_KEPT, WAFER_ACCOUNT_REGISTERED };

/* Makes the account ready to sign with: loads it from the store, or makes a key,
 * commits it and only then registers, so that a cut-off registration is found again
 * by its key (RFC 8555 7.3.1) and never repeated with another. Returns enum
 * wafer_account_state, or a negative error. */
int wafer_account_open(struct wafer *w) WAFER_MUST_CHECK;

/* Whether the refusal in w->last may mean that the CA does not know the account: it says so, or
 * it is vague and the account is of an earlier run. */
bool wafer_account_may_be_gone(const struct wafer *w, enum wafer_account_state state);

/* After such a refusal: newAccount with the same key, which changes nothing where the CA knows the account
 * (RFC 8555 7.3.1). Returns 0 when the order is worth another try: the account's URL is another one, or
 * the CA had said that it does not know it. Else the error: that of newAccount where it was refused, or
 * the first one again. Uses the memory of the order's authorizations. */
int wafer_account_register_again(struct wafer *w) WAFER_MUST_CHECK;

#endif
