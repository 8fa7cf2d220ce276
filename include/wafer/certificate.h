/* Certificates in the store: what a server loads, and when to renew. All functions but
 * wafer_certificate_forget only read, and may do so while wafer_issue runs; store.h says
 * which task may call them. They keep nothing of what they are given. */
#ifndef WAFER_CERTIFICATE_H
#define WAFER_CERTIFICATE_H

#include <stdbool.h>
#include "wafer/signer.h"
#include "wafer/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The current certificate of a lineage: its values are of one commit, so key and
 * chain always belong together. */
struct wafer_certificate {
    uint8_t slot;
    uint32_t sequence;     /* of the commit; grows with each renewal */
    int64_t not_before, not_after; /* seconds since 1970 */
    int64_t issued;        /* the same */
    bool told;             /* that is what the CA told; else the device's clock did */
    struct wafer_value info, chain, key;  /* key.length 0: held elsewhere */
};

/* The slot of the lineage whose first name is `name`, or WAFER_E_NOT_FOUND, _LOCKED, _FLASH. */
int wafer_certificate_find(struct wafer_store *store, const char *name) WAFER_MUST_CHECK;

/* Opens the current certificate of a slot, WAFER_E_NOT_FOUND when there is none.
 * Valid until the next commit. */
int wafer_certificate_open(struct wafer_store *store, uint8_t slot,
                           struct wafer_certificate *certificate) WAFER_MUST_CHECK;

/* Copies name number `index` with a NUL. Returns its length, WAFER_E_NOT_FOUND
 * past the last, WAFER_E_SPACE. */
int wafer_certificate_name(struct wafer_store *store, const struct wafer_certificate *certificate,
                           unsigned index, char *name, size_t size) WAFER_MUST_CHECK;

/* The directory URL of the CA that issued it, the profile and the preferred chain
 * it was ordered with; "" when none. Returns the length, WAFER_E_SPACE. */
enum wafer_certificate_text { WAFER_CERTIFICATE_DIRECTORY, WAFER_CERTIFICATE_PROFILE, WAFER_CERTIFICATE_CHAIN };
int wafer_certificate_text(struct wafer_store *store, const struct wafer_certificate *certificate,
                           enum wafer_certificate_text what, char *text, size_t size) WAFER_MUST_CHECK;

/* Loads the private key. 0, WAFER_E_NOT_FOUND when it is held elsewhere. */
int wafer_certificate_key(struct wafer_store *store, const struct wafer_certificate *certificate,
                          struct wafer_key *key) WAFER_MUST_CHECK;

/* Reads one certificate of the chain in DER: 0 is the leaf. *offset is 0 at the
 * start and moves to the next one. Returns its length, 0 after the last,
 * WAFER_E_SPACE, WAFER_E_DAMAGED. */
int wafer_certificate_der(struct wafer_store *store, const struct wafer_certificate *certificate,
                          uint32_t *offset, uint8_t *der, size_t size) WAFER_MUST_CHECK;

/* Reads the validity of a certificate in DER (RFC 5280 4.1.2.5), seconds since 1970. Returns 0 or WAFER_E_SYNTAX. */
int wafer_certificate_validity(const uint8_t *der, size_t len, int64_t *not_before, int64_t *not_after) WAFER_MUST_CHECK;

/* Forgets the certificate whose first name is `name`: with its key, its order under way, its
 * schedule and its options, all or nothing. The account stays. Returns 0, WAFER_E_NOT_FOUND,
 * _LOCKED, _BUSY, _FLASH. */
int wafer_certificate_forget(struct wafer_store *store, const char *name) WAFER_MUST_CHECK;

/* When to renew: when a third of the lifetime is left, half of a lifetime below
 * ten days. A pure function. */
int64_t wafer_renewal_time(int64_t not_before, int64_t not_after);

/* The same for a certificate of the store, whose lifetime is reckoned from its issuance where
 * that was later than its notBefore: one that was old when it was issued is not due at once.
 * `now`: seconds since 1970, negative when it is not known; an issuance later than that has
 * been dated by a wrong clock and does not count. */
int64_t wafer_certificate_renewal(const struct wafer_certificate *certificate, int64_t now);

/* Until when the certificate is too young to be replaced, though it be due: an hour from its
 * issuance, so that certificates which are due at once, whatever the reason, are not ordered
 * one after the other. 0: it is not, or the time is not known. `now` as above. */
int64_t wafer_certificate_rest(const struct wafer_certificate *certificate, int64_t now);

/* Until when earlier failures ask to wait; 0: they do not, or the time is not known.
 * `certificate` is the present one of the slot, or has the slot and 0 for the sequence when
 * there is none. No wait is longer than the longest of the schedule, a day and a tenth, nor,
 * but for a minute, than half of what is left of a certificate that is valid still: what the
 * store has beyond, from a wrong clock or a CA that asked for years, is over. `now` as above. */
int64_t wafer_certificate_wait(struct wafer_store *store, const struct wafer_certificate *certificate, int64_t now);

/* The next try as it is stored, which may be further away than any wait; 0: none. */
int64_t wafer_certificate_next_try(struct wafer_store *store, uint8_t slot);

#ifdef __cplusplus
}
#endif

#endif
