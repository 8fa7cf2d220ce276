/* wafer export: the PEM files of certificates, written again. */
#include "certificate.h"
#include "client.h"
#include "commands.h"
#include "console.h"
#include "live.h"

static struct state state;
static struct certificate cert;

static enum status export_named(const char *name)
{
    bool changed;
    int slot = certificate_find(&state, name);
    if (slot < 0) {
        return certificate_unknown(name);
    }
    if (!certificate_load(&state, (uint8_t)slot, client_time(), &cert)) {
        return STATUS_FAILED;
    }
    enum status status = live_update(&state, (uint8_t)slot, &changed);
    if (status == STATUS_DONE) {
        certificate_json("exported", &cert);
        note("%s/{privkey,cert,chain,fullchain}.pem%s", cert.live, changed ? "" : " were current");
    }
    return status;
}

enum status command_export(const struct options *options, char *const *operands, size_t count)
{
    static struct names wanted;
    const struct wafer_port *port = client_port();
    if (port == NULL || !names_take(&wanted, operands, count)) {
        return STATUS_USAGE;
    }
    enum status status = state_open_present(&state, options, STATE_CHANGE);
    for (size_t i = 0; i < wanted.count && status == STATUS_DONE; i++) {
        status = export_named(wanted.list[i]);
    }
    return status;
}
