/* http-01 through a web server that runs already: a solver that writes the answer to
 * DIR/.well-known/acme-challenge/TOKEN, where the server finds it. */
#ifndef WAFER_WEBROOT_H
#define WAFER_WEBROOT_H

#include <stdbool.h>
#include "wafer/solver.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wafer_webroot {
    const char *directory; /* the server's document root, or */
    bool is_challenges;    /* what it shows as /.well-known/acme-challenge/ */
    const char *failed;    /* what failed, for a message: "open the directory"; NULL: nothing */
    int system_error;      /* errno of that */
    char name[WAFER_TOKEN_MAX]; /* of the file that was to be written; "" before */
};

/* Prepares a solver; touches nothing yet. `directory` must outlive it. One that ends in
 * .well-known/acme-challenge is that directory itself. */
void wafer_webroot_init(struct wafer_webroot *webroot, const char *directory);

/* The same for a directory that the server shows as /.well-known/acme-challenge/, whatever its name. */
void wafer_webroot_init_challenges(struct wafer_webroot *webroot, const char *directory);

/* The solver. present creates the two directories below DIR (0755) where they are missing, and
 * the file (0644) at once with its content. Either may be a symbolic link of root or of this user; one of
 * somebody else is not followed, so that who may write there cannot send a privileged wafer elsewhere. It returns WAFER_E_SOLVER, and
 * webroot->failed and system_error tell why: EEXIST where a file that is not wafer's has the
 * token's name, for the CA chooses that; WAFER_E_ARGUMENT for a token that is no file name.
 * cleanup removes the file, if it is an answer to this token, and leaves the directories. */
struct wafer_solver wafer_webroot_solver(struct wafer_webroot *webroot);

#ifdef __cplusplus
}
#endif

#endif
