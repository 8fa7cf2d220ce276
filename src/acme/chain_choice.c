/* Looks for the preferred chain among the alternates that the CA offers (RFC 8555 7.4.2), for who
 * prefers one. */
#include <string.h>
#include "acme/chain.h"
#include "acme/event.h"
#include "acme/session.h"
#include "format/x509.h"
#include "net/http_link.h"

typedef char authz_takes_a_url[WAFER_AUTHZ_SIZE >= WAFER_URL_MAX ? 1 : -1]; /* see fetch_alternate */

static void take_issuer(struct wafer_chain *c, const struct wafer_der *issuer)
{
    int rc = wafer_x509_common_name(issuer, c->root, sizeof c->root);
    if (rc < 0) {
        c->root[0] = 0;
    }
}

static bool is_preferred(const struct wafer_chain *c)
{
    return strcmp(c->request->preferred_chain->root, c->root) == 0;
}

/* Fetches the first chain, with the URL of alternate number `i`. */
static int fetch_first(struct wafer *w, const struct wafer_request *request, unsigned i, struct wafer_chain *c)
{
    const struct wafer_chain_source source = {w->order.link.certificate, wafer_http_link_alternate, i};
    return wafer_chain_fetch(w, request, &source, c);
}

/* Fetches the alternate whose URL the last answer had. */
static int fetch_alternate(struct wafer *w, const struct wafer_request *request, struct wafer_chain *c)
{
    const struct wafer_chain_source source = {.url = w->order.authz}; /* nobody asks for those any more */
    int rc = wafer_session_location(w, w->order.link.certificate, w->order.authz);
    if (rc < 0) {
        return rc;
    }
    return wafer_chain_fetch(w, request, &source, c);
}

/* The first chain's answer has the links: it is read again for each next one. */
static int choose_chain(struct wafer *w, const struct wafer_request *request, struct wafer_chain *c)
{
    for (unsigned i = 0;; i++) {
        int rc = fetch_first(w, request, i, c);
        if (rc < 0 || is_preferred(c)) {
            return rc;
        }
        if (w->session.response.location[0] == 0) {
            wafer_notify_warning(w, WAFER_REASON_CHAIN, request->names[0]);
            return 0;
        }
        wafer_store_abort(w->config->store);
        rc = fetch_alternate(w, request, c);
        if (rc < 0 || is_preferred(c)) {
            return rc;
        }
        wafer_store_abort(w->config->store);
    }
}

static const struct wafer_chain_choice choice = {take_issuer, choose_chain};

struct wafer_preferred_chain wafer_prefer_chain(const char *root)
{
    struct wafer_preferred_chain preferred = {root, &choice};
    return preferred;
}
