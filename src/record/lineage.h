/* A lineage is a certificate with its predecessors and its order under way: all
 * values of one slot. Its first name is its name. */
#ifndef WAFER_LINEAGE_H
#define WAFER_LINEAGE_H

#include "wafer/wafer.h"

/* The slot whose certificate, order or schedule has `name` as its first name, or
 * WAFER_E_NOT_FOUND, _LOCKED, _FLASH. */
int wafer_lineage_slot(struct wafer_store *store, const char *name) WAFER_MUST_CHECK;

/* A slot that no lineage uses, or WAFER_E_STORE_FULL: also where a new certificate, of the size of the largest
 * there is, would leave too little room to renew one. WAFER_E_FLASH, _DAMAGED. */
int wafer_lineage_free_slot(struct wafer_store *store) WAFER_MUST_CHECK;

/* Appends what was asked for to the open value: names, directory, profile,
 * preferred chain, and the time: as far as it is known, and what the CA has told. */
void wafer_lineage_describe(struct wafer *w, const struct wafer_request *request);

/* Whether a value is for exactly these names, in this order. */
bool wafer_lineage_has_names(struct wafer_store *store, const struct wafer_value *value, const char *const *names,
                             size_t count);

/* Whether a value is what the request asks of this CA: for its names, with its profile. */
bool wafer_lineage_is_for(struct wafer *w, const struct wafer_request *request, const struct wafer_value *value);

/* Raises the floor of the clock to what a CA told last: by the order of commits, so that an
 * earlier time that came later counts. What was written by the device's own clock raises
 * nothing, nor does the record of a failure. */
void wafer_lineage_raise_clock(struct wafer *w);

#endif
