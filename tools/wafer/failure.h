/* What went wrong in an operation, told so that a person knows what to do next. */
#ifndef TOOL_FAILURE_H
#define TOOL_FAILURE_H

#include "exit_status.h"
#include "options.h"
#include "wafer/wafer.h"

struct failure {
    const char *name;      /* of the certificate */
    const char *directory; /* of the CA that was asked */
    const struct options *options;
    const char *cause; /* what the solver says about its failure, or "" */
    const char *profiles; /* that the CA offers: "a, b"; "": none; NULL: not known */
    int64_t now;    /* as far as it is known */
    int64_t device; /* what this device's clock says */
};

/* Complains about the last error of an operation: one line, then an indented line for
 * each subproblem. Returns the exit status that it means. */
enum status failure_report(const struct failure *failure, const struct wafer_last *last);

/* Complains about an error of the store or its file: "cannot WHAT PATH: ...". */
enum status failure_store(const char *what, const char *path, int error);

/* Whether another CA may do better after this error. */
bool failure_is_of_the_ca(const struct wafer_last *last);

#endif
