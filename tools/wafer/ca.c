/* The table of CAs, and the URLs of others. */
#include "ca.h"

#include <string.h>
#include "console.h"
#include "wafer/config.h"

static const struct ca {
    const char *name, *url;
} cas[] = {
    {"letsencrypt", "https://acme-v02.api.letsencrypt.org/directory"},
    {"letsencrypt-staging", "https://acme-staging-v02.api.letsencrypt.org/directory"},
    {"google", "https://dv.acme-v02.api.pki.goog/directory"},
    {"zerossl", "https://acme.zerossl.com/v2/DV90"},
    {"sectigo", "https://acme.sectigo.com/v2/DV"},
    {"sslcom-ecc", "https://acme.ssl.com/sslcom-dv-ecc"},
    {"sslcom-rsa", "https://acme.ssl.com/sslcom-dv-rsa"},
    {"actalis", "https://acme-api.actalis.com/acme/directory"},
};
#define CA_COUNT (sizeof cas / sizeof *cas)

void ca_list_names(struct output *out)
{
    for (size_t i = 0; i < CA_COUNT; i++) {
        output_format(out, "%s%s", i > 0 ? ", " : "", cas[i].name);
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

/* Why a value of --ca that is no known name and no https URL cannot be used. */
static void complain_unknown(const char *value)
{
    char names[200];
    struct output out = output_to_memory(names, sizeof names);
    if (text_contains(value, "://")) {
        complain("--ca %s: ACME works over https:// only; give the https URL of the CA's directory", value);
        return;
    }
    ca_list_names(&out);
    complain("--ca %s: no CA is known by this name; known are %s; or give the https URL of its directory",
             value, output_string(&out));
}

const char *ca_url(const char *value)
{
    for (size_t i = 0; i < CA_COUNT; i++) {
        if (strcmp(cas[i].name, value) == 0) {
            return cas[i].url;
        }
    }
    if (strncmp(value, "https://", 8) != 0 || value[8] == 0) {
        complain_unknown(value);
        return NULL;
    }
    if (!is_text(value)) {
        complain("--ca %s: the URL has characters that no URL has", value);
        return NULL;
    }
    if (strlen(value) >= WAFER_URL_MAX) {
        complain("--ca %s: the URL is too long", value);
        return NULL;
    }
    return value;
}

/* Whether `len` octets name a CA, with `url` that of this directory. */
static bool names_ca(const char *value, size_t len, const char *url)
{
    for (size_t i = 0; i < CA_COUNT; i++) {
        bool known = strlen(cas[i].name) == len && strncmp(cas[i].name, value, len) == 0;
        if (known && (url == NULL || strcmp(cas[i].url, url) == 0)) {
            return true;
        }
    }
    return len > 8 && strncmp(value, "https://", 8) == 0 &&
           (url == NULL || (strlen(url) == len && strncmp(url, value, len) == 0));
}

size_t ca_prefix(const char *value)
{
    size_t len = strcspn(value, "=");
    return value[len] != 0 && names_ca(value, len, NULL) ? len + 1 : 0;
}

const char *ca_value(const char *const *values, unsigned count, const char *url)
{
    const char *any = NULL;
    for (unsigned i = 0; i < count; i++) {
        const char *value = values[i];
        size_t prefix = ca_prefix(value);
        if (prefix > 0 && names_ca(value, prefix - 1, url)) {
            return value + prefix;
        }
        any = prefix == 0 && any == NULL ? value : any;
    }
    return any;
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
    for (size_t i = 0; i < CA_COUNT; i++) {
        if (strcmp(cas[i].url, url) == 0) {
            return cas[i].name;
        }
    }
    return ca_host(url);
}
