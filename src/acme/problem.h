/* Problem documents (RFC 7807, RFC 8555 6.7): what the CA says, and what is to be done. */
#ifndef WAFER_PROBLEM_H
#define WAFER_PROBLEM_H

#include "format/json.h"
#include "wafer/wafer.h"

/* Notes a problem document, or the like of it in a challenge or order: the object `value`
 * of json. Returns `error`, or WAFER_E_RATE_LIMITED when that is what it says. */
int wafer_fail_problem(struct wafer *w, int error, const char *subject, int http_status,
                       const struct wafer_json *json, int value);

#endif
