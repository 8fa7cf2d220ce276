/* What an answer holds: its body in the work buffer, its Location. */
#ifndef WAFER_ANSWER_H
#define WAFER_ANSWER_H

#include "format/json.h"
#include "wafer/wafer.h"

/* Begins the body of the next answer. */
void wafer_answer_begin(struct wafer *w);

/* Takes a piece of it: keeps it, with room for a NUL behind. Once there is no more room
 * response.body_error says so, and what may be a problem document goes on as its digest. Returns 0, or
 * WAFER_E_TOO_LARGE when it is so long that it may be endless. */
int wafer_answer_take(struct wafer *w, const uint8_t *data, size_t len) WAFER_MUST_CHECK;

/* Parses what there is of a problem document: all of it, else its digest. Returns a negative error
 * when it is none. */
int wafer_answer_problem(struct wafer *w, struct wafer_json *json) WAFER_MUST_CHECK;

/* Parses the JSON answer in the work buffer. Returns 0, or notes an error about `url`, also the
 * problem that a CA tells with a status of success. */
int wafer_session_json(struct wafer *w, const char *url, struct wafer_json *json) WAFER_MUST_CHECK;

/* Copies a URL that the CA gave in a JSON string, checked: https and no longer than
 * `size`. Notes an error that names `what` otherwise. */
int wafer_session_copy_url(struct wafer *w, const struct wafer_json *json, int value,
                           char *out, size_t size, const char *what) WAFER_MUST_CHECK;

/* Copies the Location of the last answer, resolved against the request's URL. */
int wafer_session_location(struct wafer *w, const char *base, char out[WAFER_URL_MAX]) WAFER_MUST_CHECK;

#endif
