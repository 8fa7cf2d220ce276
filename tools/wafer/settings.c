/* The one place where options become settings of the library. */
#include "settings.h"

#include <string.h>
#include "ca.h"
#include "ca_file.h"
#include "console.h"

static enum status take_cas(struct settings *settings)
{
    const struct options *options = settings->options;
    settings->url_count = options->cas.count > 0 ? options->cas.count : 1;
    for (size_t i = 0; i < settings->url_count; i++) {
        const char *value = options->cas.count > 0 ? options->cas.items[i] : option_text(options, OPTION_CA);
        settings->urls[i] = ca_url(value);
        if (settings->urls[i] == NULL) {
            return STATUS_USAGE;
        }
    }
    return STATUS_DONE;
}

static enum status take_contact(struct settings *settings)
{
    const char *email = option_text(settings->options, OPTION_EMAIL);
    if (email == NULL) {
        return STATUS_DONE;
    }
    const char *at = strchr(email, '@');
    bool good = at != NULL && at > email && at[1] != 0 && email[strcspn(email, " \t,?&<>")] == 0 &&
                strncmp(email, "mailto:", 7) != 0;
    if (!good || !text_format(settings->contact, sizeof settings->contact, "mailto:%s", email)) {
        complain("--email %s: is no single address of the form name@example.org", email);
        return STATUS_USAGE;
    }
    settings->contacts[0] = settings->contact;
    settings->contact_count = 1;
    return STATUS_DONE;
}

static enum status take_csr(struct settings *settings)
{
    const char *path = option_text(settings->options, OPTION_CSR);
    if (path == NULL) {
        return STATUS_DONE;
    }
    if (option_on(settings->options, OPTION_REUSE_KEY)) {
        complain("--csr and --reuse-key do not go together: the key of a request is not wafer's");
        return STATUS_USAGE;
    }
    return csr_file_read(&settings->csr, path) ? STATUS_DONE : STATUS_FAILED;
}

static enum status take_challenge(struct settings *settings)
{
    return challenge_set_up(&settings->challenge, settings->options, settings->port);
}

static enum status take_eab(struct settings *settings)
{
    enum status status = STATUS_DONE;
    for (size_t i = 0; i < settings->url_count && status == STATUS_DONE; i++) {
        status = eab_key_take(&settings->bindings[i], settings->options, settings->urls[i]);
    }
    return status;
}

static enum status take_anchors(struct settings *settings)
{
    const char *file = option_text(settings->options, OPTION_CA_FILE);
    if (file == NULL) {
        settings->anchors = wafer_public_anchors;
        return STATUS_DONE;
    }
    return ca_file_read(file, &settings->anchors) ? STATUS_DONE : STATUS_FAILED;
}

static enum status take_kept(struct settings *settings)
{
    if (!options_remember(settings->options, settings->kept, sizeof settings->kept, &settings->kept_len)) {
        complain("the options can't be kept with the certificate: they are too long, or this directory's "
                 "name is too long, gone or "
                 "has an end of line; shorten names, or give absolute paths");
        return STATUS_USAGE;
    }
    return STATUS_DONE;
}

enum status settings_make(struct settings *settings, const struct options *options,
                          const struct wafer_port *port)
{
    static enum status (*const parts[])(struct settings *) = {
        take_cas, take_contact, take_csr, take_challenge, take_eab, take_anchors, take_kept};
    enum status status = STATUS_DONE;
    *settings = (struct settings){.options = options, .port = port};
    for (size_t i = 0; i < sizeof parts / sizeof *parts && status == STATUS_DONE; i++) {
        status = parts[i](settings);
    }
    return status;
}

struct wafer_config settings_config(const struct settings *settings, size_t ca)
{
    return (struct wafer_config){
        .port = settings->port,
        .anchors = settings->anchors,
        .directory = settings->urls[ca],
        .contacts = settings->contacts,
        .contact_count = settings->contact_count,
        .agree_tos = option_on(settings->options, OPTION_AGREE_TOS),
        .eab = settings->bindings[ca].kid != NULL ? &settings->bindings[ca] : NULL,
        .solver = settings->challenge.answered ? &settings->challenge.solver : NULL,
        .ip = wafer_ip_parse,
        .subproblems = wafer_subproblems,
    };
}

enum status settings_request(struct settings *settings, const struct names *names,
                             struct wafer_request *request)
{
    const struct options *options = settings->options;
    const char *root = option_text(options, OPTION_PREFERRED_CHAIN);
    settings->chain = wafer_prefer_chain(root);
    if (settings->csr.len > 0 &&
        wafer_csr_open(&settings->imported, settings->csr.der, settings->csr.len) < 0) {
        complain("--csr %s: is no certificate request", option_text(options, OPTION_CSR));
        return STATUS_USAGE;
    }
    *request = (struct wafer_request){
        .names = names->list,
        .name_count = names->count,
        .profile = option_text(options, OPTION_PROFILE),
        .preferred_chain = root != NULL ? &settings->chain : NULL,
        .csr = settings->csr.len > 0 ? &settings->imported : NULL,
        .reuse_key = option_on(options, OPTION_REUSE_KEY),
        .ignore_rate_limit = option_on(options, OPTION_FORCE),
        .new_order = option_on(options, OPTION_FORCE),
        .options = settings->kept,
        .options_len = settings->kept_len,
    };
    return STATUS_DONE;
}
