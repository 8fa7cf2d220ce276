#include "cas.h"

#include <string.h>
#include "console.h"
#include "wafer/config.h"

static const struct ca {
    const char *name, *url;
    bool eab;
} cas[] = {
    {"letsencrypt", "https://acme-v02.api.letsencrypt.org/directory", false},
    {"letsencrypt-staging", "https://acme-staging-v02.api.letsencrypt.org/directory", false},
    {"google", "https://dv.acme-v02.api.pki.goog/directory", true},
    {"zerossl", "https://acme.zerossl.com/v2/DV90", true},
    {"sectigo", "https://acme.sectigo.com/v2/DV", true},
    {"sslcom-ecc", "https://acme.ssl.com/sslcom-dv-ecc", true},
    {"sslcom-rsa", "https://acme.ssl.com/sslcom-dv-rsa", true},
    {"actalis", "https://acme-api.actalis.com/acme/directory", false},
};
#define CA_COUNT (sizeof cas / sizeof *cas)

void ca_list_names(struct out *out)
{
    for (size_t i = 0; i < CA_COUNT; i++) {
        out_format(out, "%s%s", i > 0 ? ", " : "", cas[i].name);
    }
}

static bool is_text(const char *url)
{
    for (; *url != 0; url++) {
        if (*url <= ' ' || *url > '~') {
            return false;
        }
    }
    return true;
}

const char *ca_url(const char *value)
{
    char names[200];
    for (size_t i = 0; i < CA_COUNT; i++) {
        if (strcmp(cas[i].name, value) == 0) {
            return cas[i].url;
        }
    }
    if (strncmp(value, "https://", 8) == 0 && value[8] != 0) {
        if (strlen(value) < WAFER_URL_MAX && is_text(value)) {
            return value;
        }
        complain("--ca %s: %s", value,
                 is_text(value) ? "the URL is too long" : "the URL has characters that no URL has");
        return NULL;
    }
    struct out out = {-1, names, sizeof names - 1, 0, false};
    ca_list_names(&out);
    names[out.len] = 0;
    if (text_contains(value, "://")) {
        complain("--ca %s: ACME works over https:// only; give the https URL of the CA's directory", value);
    } else {
        complain("--ca %s: no CA is known by this name; known are %s; or give the https URL of its directory",
                 value, names);
    }
    return NULL;
}

static const struct ca *find_url(const char *url)
{
    for (size_t i = 0; i < CA_COUNT; i++) {
        if (strcmp(cas[i].url, url) == 0) {
            return &cas[i];
        }
    }
    return NULL;
}

const char *ca_host(const char *url)
{
    static char host[WAFER_URL_MAX];
    const char *start = strncmp(url, "https://", 8) == 0 ? url + 8 : url;
    (void)text_format(host, sizeof host, "%.*s", (int)strcspn(start, "/?"), start);
    return host;
}

const char *ca_name(const char *url)
{
    const struct ca *ca = find_url(url);
    return ca != NULL ? ca->name : ca_host(url);
}

bool ca_needs_eab(const char *url)
{
    const struct ca *ca = find_url(url);
    return ca != NULL && ca->eab;
}
