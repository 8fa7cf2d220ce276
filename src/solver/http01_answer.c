/* http-01 through the device's own web server: the tokens, and what to answer for them. */
#include <string.h>
#include "base/buf.h"
#include "base/deadline.h"
#include "wafer/solver.h"

#define PATH    "/.well-known/acme-challenge/"
#define LOOK_MS 50 /* how often to look whether the web server has answered */

static void enter(const struct wafer_http01_passive *passive)
{
    if (passive->lock != NULL) {
        passive->lock(passive->lock_ctx);
    }
}

static void leave(const struct wafer_http01_passive *passive)
{
    if (passive->unlock != NULL) {
        passive->unlock(passive->lock_ctx);
    }
}

static const char *find_token(const struct wafer_http01_passive *passive, const char *text, size_t len)
{
    for (unsigned i = 0; i < WAFER_HTTP01_CHALLENGES; i++) {
        const char *token = passive->tokens[i];
        if (token != NULL && strlen(token) == len && memcmp(token, text, len) == 0) {
            return token;
        }
    }
    return NULL;
}

/* Writes the key authorization of a token (RFC 8555 8.1), inside the lock. */
static int write_body(struct wafer_http01_passive *passive, const char *text, size_t len, char *body,
                      size_t size)
{
    struct wafer_buf out;
    const char *token = find_token(passive, text, len);

    if (token == NULL) {
        return WAFER_E_NOT_FOUND;
    }
    wafer_buf_init(&out, body, size);
    wafer_buf_text(&out, token);
    wafer_buf_byte(&out, '.');
    wafer_buf_text(&out, passive->thumbprint);
    (void)wafer_buf_string(&out);
    if (out.overflow) {
        if (size > 0) {
            body[0] = 0;
        }
        return WAFER_E_SPACE;
    }
    passive->fetched++;
    return (int)out.len;
}

int wafer_http01_answer(struct wafer_http01_passive *passive, const char *path, size_t path_len, char *body,
                        size_t size)
{
    const size_t prefix = sizeof PATH - 1;

    if (path_len <= prefix || memcmp(path, PATH, prefix) != 0) {
        return WAFER_E_NOT_FOUND;
    }
    enter(passive);
    int rc = write_body(passive, path + prefix, path_len - prefix, body, size);
    leave(passive);
    return rc;
}

static int keep_token(struct wafer_http01_passive *passive, const struct wafer_challenge *challenge)
{
    for (unsigned i = 0; i < WAFER_HTTP01_CHALLENGES; i++) {
        if (passive->tokens[i] == NULL) {
            passive->tokens[i] = challenge->token;
            passive->thumbprint = challenge->thumbprint;
            return 0;
        }
    }
    return WAFER_E_SPACE;
}

static int present_passively(void *ctx, const struct wafer_challenge *challenge)
{
    struct wafer_http01_passive *passive = ctx;
    size_t len = strlen(challenge->token);

    if (len == 0 || len >= WAFER_TOKEN_MAX) {
        return WAFER_E_ARGUMENT;
    }
    enter(passive);
    int rc = keep_token(passive, challenge);
    leave(passive);
    return rc;
}

/* Once this has the lock, nobody reads the token any more. */
static void clean_up_passively(void *ctx, const struct wafer_challenge *challenge)
{
    struct wafer_http01_passive *passive = ctx;

    enter(passive);
    for (unsigned i = 0; i < WAFER_HTTP01_CHALLENGES; i++) {
        if (passive->tokens[i] != NULL && strcmp(passive->tokens[i], challenge->token) == 0) {
            passive->tokens[i] = NULL;
            break;
        }
    }
    passive->fetched = 0;
    leave(passive);
}

static int take_fetched(struct wafer_http01_passive *passive)
{
    enter(passive);
    uint32_t fetched = passive->fetched;
    passive->fetched = 0;
    leave(passive);
    return fetched < INT16_MAX ? (int)fetched : INT16_MAX;
}

/* Sleeps a moment, then lets the rest of the program run: the web server may be there. */
static int pause_passively(const struct wafer_port *port, uint32_t ms)
{
    int rc = port->wait(port->ctx, NULL, 0, ms < LOOK_MS ? ms : LOOK_MS);

    if (rc < 0 || port->idle == NULL) {
        return rc;
    }
    return port->idle(port->ctx);
}

static int serve_passively(void *ctx, uint32_t timeout_ms)
{
    struct wafer_http01_passive *passive = ctx;
    struct wafer_deadline end;

    wafer_deadline_start(&end, passive->port, timeout_ms);
    for (;;) {
        int fetched = take_fetched(passive);
        uint32_t left = timeout_ms > 0 ? wafer_deadline_left(&end, passive->port) : 0;
        if (fetched > 0 || left == 0) {
            return fetched;
        }
        int rc = pause_passively(passive->port, left);
        if (rc < 0) {
            return rc;
        }
    }
}

void wafer_http01_passive_init_with(struct wafer_http01_passive *passive, const struct wafer_port *port,
                                    size_t size)
{
    if (size != sizeof *passive) {
        return;
    }
    memset(passive, 0, sizeof *passive);
    passive->port = port;
}

struct wafer_solver wafer_http01_passive_solver(struct wafer_http01_passive *passive)
{
    struct wafer_solver solver = {"http-01", passive, present_passively, serve_passively, clean_up_passively};

    return solver;
}
