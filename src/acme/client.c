/* The life of a client: prepared, asked for the time, closed. */
#include <string.h>
#include "acme/directory.h"
#include "acme/last.h"
#include "acme/poll.h"
#include "base/clock.h"
#include "base/url.h"
#include "base/wipe.h"
#include "crypto/drbg.h"
#include "net/http.h"
#include "record/lineage.h"

/* Whether the CA is named by its address, which only a reader of addresses can verify. */
static bool is_address(const char *directory)
{
    struct wafer_url url;
    int rc = wafer_url_parse(directory, &url);
    return rc == 0 && (url.host_is_ipv6 || strspn(url.host, "0123456789.") == url.host_len);
}

int wafer_init_with(struct wafer *w, const struct wafer_config *config, uint32_t fingerprint)
{
    if (fingerprint != wafer_fingerprint()) {
        return WAFER_E_KNOBS; /* *w has another size than it has here */
    }
    memset(w, 0, sizeof *w);
    w->config = config;
    wafer_http_init(&w->http);
    wafer_error_clear(w);
    if (config->port == NULL || config->store == NULL || config->directory == NULL ||
        strlen(config->directory) >= WAFER_URL_MAX) {
        return WAFER_E_ARGUMENT;
    }
    if (config->ip == NULL && is_address(config->directory)) {
        return WAFER_E_ARGUMENT;
    }
    wafer_clock_init(&w->clock, config->port);
    wafer_lineage_raise_clock(w);
    return wafer_drbg_init(&w->drbg, config->port);
}

int64_t wafer_now(struct wafer *w)
{
    return wafer_clock_estimate(&w->clock);
}

int wafer_learn_time(struct wafer *w)
{
    int64_t now;
    wafer_operation_begin(w);
    int rc = wafer_clock_now(&w->clock, &now);
    if (rc == 0) {
        return 0;
    }
    rc = wafer_directory_open(w);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_clock_now(&w->clock, &now);
    return wafer_check(w, rc, w->config->directory);
}

void wafer_close(struct wafer *w)
{
    wafer_http_close(&w->http);
    wafer_wipe(&w->drbg, sizeof *w - offsetof(struct wafer, drbg));
    wafer_http_init(&w->http);
}
