/* Reading JSON (RFC 8259): jsmn behind a few checked questions. The text and the
 * tokens are the caller's; a value is the index of its token, the root is 0.
 *
 * Missing members, members of another type and null are all answered the same:
 * WAFER_E_NOT_FOUND. So a caller that needs a member treats that as the CA's
 * fault, and one that does not just goes on. */
#ifndef WAFER_JSON_H
#define WAFER_JSON_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

struct wafer_json {
    const char *text;
    void *tokens;
    int count;
};

/* Parses len octets of text. `memory` (any alignment, `size` octets) takes the
 * tokens, 16 octets each; both must stay while the values are used.
 * Checks what jsmn leaves open: each member has a key and one value, primitives
 * are numbers, true, false or null, nesting stays within 16, the root is an object or
 * array and nothing follows it, strings have valid escapes and valid UTF-8.
 * Returns the number of tokens, WAFER_E_JSON, or WAFER_E_TOO_LARGE when the
 * tokens do not fit. */
int wafer_json_parse(struct wafer_json *json, const char *text, size_t len, void *memory,
                     size_t size) WAFER_MUST_CHECK;

/* The member `name` of an object (the first of that name). */
int wafer_json_member(const struct wafer_json *json, int object, const char *name) WAFER_MUST_CHECK;

/* Walks an array or object: the first element (of an object: the first key), then
 * each next one. WAFER_E_NOT_FOUND at the end, or when it is neither. */
int wafer_json_first(const struct wafer_json *json, int container) WAFER_MUST_CHECK;
int wafer_json_next(const struct wafer_json *json, int container, int element) WAFER_MUST_CHECK;

/* Copies a string with its escapes resolved (\u as UTF-8; \u0000 and lone
 * surrogates are refused as WAFER_E_JSON) and a NUL. Returns its length,
 * WAFER_E_NOT_FOUND when the value is no string (or `value` is negative), or
 * WAFER_E_SPACE: then `out` holds as much as fits, cut at a character. After any
 * other error it holds "". */
int wafer_json_string(const struct wafer_json *json, int value, char *out, size_t size) WAFER_MUST_CHECK;

/* Whether the value is a string equal to `text`: 1 or 0 (0 also for no value). */
int wafer_json_equals(const struct wafer_json *json, int value, const char *text);

#endif
