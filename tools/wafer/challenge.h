/* How the CA's challenges are answered: --challenge, --solver and --listen. */
#ifndef TOOL_CHALLENGE_H
#define TOOL_CHALLENGE_H

#include "exit_status.h"
#include "names.h"
#include "options.h"
#include "wafer/wafer.h"
#include "webroot.h"

struct challenge {
    bool answered; /* false: the names are validated already */
    char listen_text[64];
    const char *listen_address; /* NULL: every address */
    uint16_t listen_port;
    struct wafer_http01 responder;
    struct wafer_webroot webroot; /* directory NULL: standalone */
    struct wafer_solver solver;
};

/* Checks the options, and the directory of a web server. Complains. */
enum status challenge_set_up(struct challenge *challenge, const struct options *options,
                             const struct wafer_port *port);

/* Whether the challenge type can prove the names; complains. */
bool challenge_can_prove(const struct challenge *challenge, const struct names *names);

/* Whether the address to listen on, if there is one, is this device's; complains. Asked before anything is ordered. */
bool challenge_can_listen(const struct challenge *challenge, const struct options *options,
                          const struct wafer_port *port);

/* How, for a person: "http-01, standalone on port 80". */
void challenge_describe(const struct challenge *challenge, const struct options *options, struct output *out);

/* What the solver says about its failure, or "". */
void challenge_cause(const struct challenge *challenge, char *text, size_t size);

#endif
