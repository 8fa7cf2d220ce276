/* Looks for the preferred chain among the alternates that the CA offers (RFC 8555 7.4.2), for who
 * prefers one. Nothing is written before it is found: a chain that is only looked at must not
 * wear the flash. */
#include <string.h>
#include "acme/chain.h"
#include "acme/event.h"
#include "acme/last.h"
#include "acme/session.h"
#include "format/x509.h"
#include "net/http_link.h"

#define ALTERNATES_MAX 5 /* CAs have two or three; a list without end is not followed */

enum looked { OTHER_CHAIN, PREFERRED_CHAIN };

static void take_issuer(struct wafer_chain *c, const struct wafer_der *issuer)
{
    int rc = wafer_x509_common_name(issuer, c->root, sizeof c->root);
    if (rc < 0) {
        c->root[0] = 0;
    }
}

/* Looks at one chain: enum looked, or a negative error (noted). */
static int look_at(struct wafer *w, const struct wafer_request *request,
                   const struct wafer_chain_source *source, struct wafer_chain *c)
{
    int rc = wafer_chain_fetch(w, request, source, c);
    if (rc < 0) {
        return rc;
    }
    wafer_notify(w, WAFER_EVENT_CHAIN, request->names[0], c->root);
    return strcmp(request->preferred_chain->root, c->root) == 0 ? PREFERRED_CHAIN : OTHER_CHAIN;
}

/* Whether an alternate is no good, while the CA's first chain may be. */
static bool is_worthless(int error)
{
    return error == WAFER_E_CHAIN || error == WAFER_E_PROBLEM || error == WAFER_E_HTTP_STATUS ||
           error == WAFER_E_HTTP || error == WAFER_E_TOO_LARGE;
}

/* Looks at the alternate whose URL the last answer had, which goes where the order's was: that is
 * over. One that is no good counts as another chain. */
static int look_at_alternate(struct wafer *w, const struct wafer_request *request, struct wafer_chain *c)
{
    const struct wafer_chain_source source = {.url = w->order.url};
    int rc = wafer_session_location(w, w->order.link.certificate, w->order.url);
    if (rc == 0) {
        rc = look_at(w, request, &source, c);
    }
    if (is_worthless(rc)) {
        wafer_error_clear(w);
        return OTHER_CHAIN;
    }
    return rc;
}

/* Finds the preferred chain; *url is where it is, else that of the CA's first. The first chain's
 * answer has the links: it is read again for each next one. */
static int find_chain(struct wafer *w, const struct wafer_request *request, struct wafer_chain *c,
                      const char **url)
{
    *url = w->order.link.certificate;
    for (unsigned i = 0; i < ALTERNATES_MAX; i++) {
        const struct wafer_chain_source first = {
            .url = w->order.link.certificate, .take_link = wafer_http_link_alternate, .alternate = i};
        int rc = look_at(w, request, &first, c);
        if (rc != OTHER_CHAIN) {
            return rc;
        }
        if (w->session.response.location[0] == 0) {
            return OTHER_CHAIN;
        }
        rc = look_at_alternate(w, request, c);
        if (rc == PREFERRED_CHAIN) {
            *url = w->order.url;
        }
        if (rc != OTHER_CHAIN) {
            return rc;
        }
    }
    return OTHER_CHAIN;
}

static int choose_chain(struct wafer *w, const struct wafer_request *request, struct wafer_chain *c)
{
    struct wafer_chain_source source = {.use = WAFER_CHAIN_KEEP};
    int rc = find_chain(w, request, c, &source.url);
    if (rc < 0) {
        return rc;
    }
    if (rc == OTHER_CHAIN) {
        wafer_notify_warning(w, WAFER_REASON_CHAIN, request->names[0]);
    }
    rc = wafer_chain_fetch(w, request, &source, c);
    if (rc == WAFER_E_CHAIN && source.url == w->order.url) { /* better the CA's first than none */
        wafer_error_clear(w);
        wafer_notify_warning(w, WAFER_REASON_CHAIN, request->names[0]);
        source.url = w->order.link.certificate;
        rc = wafer_chain_fetch(w, request, &source, c);
    }
    return rc;
}

static const struct wafer_chain_choice choice = {take_issuer, choose_chain};

struct wafer_preferred_chain wafer_prefer_chain(const char *root)
{
    struct wafer_preferred_chain preferred = {root, &choice};
    return preferred;
}
