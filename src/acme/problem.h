/* Problem documents (RFC 7807, RFC 8555 6.7): what the CA says, and what is to be done. */
#ifndef WAFER_PROBLEM_H
#define WAFER_PROBLEM_H

#include "format/json.h"
#include "wafer/wafer.h"

/* Notes a problem document, or the like of it in a challenge or order: the object `value`
 * of json. Returns `error`, or WAFER_E_RATE_LIMITED when that is what it says. */
int wafer_fail_problem(struct wafer *w, int error, const char *subject, int http_status,
                       const struct wafer_json *json, int value);

/* Whether an answer is an ACME problem document, whatever its status. */
bool wafer_is_problem(const struct wafer_json *json);

/* The same for an answer without a problem document: its status alone tells. Returns
 * WAFER_E_HTTP_STATUS or WAFER_E_RATE_LIMITED. */
int wafer_fail_status(struct wafer *w, const char *subject, int http_status);

/* What a problem type asks for by itself. */
enum wafer_action wafer_problem_action(const char *type);

/* The most octets of a text that is kept: `scarce` where others need the room. */
#define WAFER_TEXT_MOST(scarce) (WAFER_PROBLEM_SIZE >= 16384 ? 4096 : (scarce))

/* Packs a string member behind the strings of the last error, "" when there is none. What needs more
 * than `most` octets with its NUL ends on "..." behind a whole word, so that nobody opens half a URL. */
void wafer_last_member(struct wafer_last *last, const struct wafer_json *json, int object, const char *name,
                       size_t most);

#endif
