/* What is worth keeping of a JSON object that is too large to be kept, or that breaks off: its
 * members, without what is inside of arrays and objects, and of long strings the beginning. What
 * comes out is JSON if what came in was, but never to be taken for the whole. */
#ifndef WAFER_JSON_DIGEST_H
#define WAFER_JSON_DIGEST_H

#include "wafer/context.h"

/* Begins a digest at `text`, with room for `size` octets. */
void wafer_json_digest_begin(struct wafer_json_digest *digest, char *text, size_t size);

/* Takes octets in portions of any size. They may be where the digest is, or behind it: it is never
 * longer than what was taken. */
void wafer_json_digest_feed(struct wafer_json_digest *digest, const char *data, size_t len);

/* Closes what is open. Returns the length of the digest. */
size_t wafer_json_digest_end(struct wafer_json_digest *digest);

#endif
