/* One authorization (RFC 8555 7.1.4) as the CA shows it: for which name it is, what became of it, and why. */
#ifndef WAFER_AUTHORIZATION_H
#define WAFER_AUTHORIZATION_H

#include "format/json.h"
#include "wafer/wafer.h"

struct wafer_authorization {
    struct wafer_json json; /* in the work buffer, until the next request */
    const char *name;       /* of the request, whatever the CA wrote */
    int challenge;          /* of the solver's type, negative: none offered */
    uint8_t number;         /* of the name */
    bool valid;             /* else it is pending, and so may its challenge be */
    bool has_error;         /* the challenge has one, and goes on all the same (RFC 8555 8.2) */
};

/* Reads an authorization. Fails (noted) when it is for none of the request's names, when it is over (invalid,
 * expired, deactivated, ...), and when it stays pending while its challenge is invalid, as some CAs
 * leave it: then with the challenge's error. */
int wafer_authorization_read(struct wafer *w, const struct wafer_request *request, const char *url,
                             struct wafer_authorization *a) WAFER_MUST_CHECK;

/* Whether the challenge's status is this one. */
int wafer_authorization_is(const struct wafer_authorization *a, const char *status);

/* Copies the challenge's URL to w->order.scratch. */
int wafer_authorization_url(struct wafer *w, const struct wafer_authorization *a) WAFER_MUST_CHECK;

/* Notes why a validation failed: a problem, or the challenge's error. Nearly all that means "stop" elsewhere may
 * be different at the next try, when the answer was just wrong or not seen. Returns the error. */
int wafer_validation_failed(struct wafer *w, const char *name, const struct wafer_json *json, int problem);
int wafer_challenge_failed(struct wafer *w, const struct wafer_authorization *a);

/* The error that an authorization, or a challenge by itself, shows; negative when there is none. */
int wafer_authorization_error(const struct wafer_json *json);

#endif
