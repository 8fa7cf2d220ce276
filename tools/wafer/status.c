#include <string.h>
#include "cas.h"
#include "certs.h"
#include "client.h"
#include "commands.h"
#include "export.h"

static struct state state;
static struct cert cert;

/* Widths of the columns that depend on the content. */
static struct {
    int name, state, ca;
} width;

static void widen(int *column, const char *text)
{
    int columns = (int)text_columns(text);
    *column = columns > *column ? columns : *column;
}

static void print_row(const char *name, const char *text, const char *expires, const char *renewal,
                      const char *ca)
{
    out_format(&out_stdout, "%-*s  %-*s  %-32s  %-20s  %s\n", width.name, name, width.state, text, expires,
               renewal, ca);
}

static void print_names(void)
{
    for (size_t i = 1; i < cert.names.count; i++) {
        out_format(&out_stdout, "%s%s", i == 1 ? "  also for " : ", ", cert.names.list[i]);
    }
    if (cert.names.count > 1) {
        out_format(&out_stdout, "\n");
    }
}

static void print_pending(void)
{
    print_row(cert.names.list[0], cert_state_text(cert.state), "-", "-", ca_name(cert.directory));
    print_names();
    out_format(&out_stdout, "  not issued yet: `wafer issue` with the same names goes on with it\n");
    out_flush(&out_stdout);
}

static void print_cert(int64_t now)
{
    char when[TIME_TEXT_MAX], left[TIME_TEXT_MAX], expires[2 * TIME_TEXT_MAX + 8], renewal[TIME_TEXT_MAX];
    const char *format = cert.not_after >= now ? "%s (%s)" : "%s (%s ago)";
    int64_t distance = cert.not_after >= now ? cert.not_after - now : now - cert.not_after;
    (void)text_format(expires, sizeof expires, now > 0 ? format : "%s", time_text(cert.not_after, when),
                      duration_text(distance, left));
    print_row(cert.names.list[0], cert_state_text(cert.state), expires, time_text(cert.renewal, renewal),
              ca_name(cert.directory));
    print_names();
    if (cert.next_try > now) {
        out_format(&out_stdout, "  the last renewal failed; the next try is after %s\n",
                   time_text(cert.next_try, when));
    }
    out_flush(&out_stdout);
}

/* Calls `visit` with each certificate that is wanted. */
static enum status each(const struct names *wanted, int64_t now, void (*visit)(int64_t now))
{
    enum status status = STATUS_DONE;
    int slot = -1;
    while ((slot = cert_next(&state, slot)) >= 0) {
        if (!cert_load(&state, (uint8_t)slot, now, &cert)) {
            status = STATUS_FAILED;
        } else if (wanted->count == 0 || names_has(wanted, cert.names.list[0])) {
            visit(now);
        }
    }
    return status;
}

static void measure(int64_t now)
{
    (void)now;
    widen(&width.name, cert.names.list[0]);
    widen(&width.state, cert_state_text(cert.state));
}

static void show(int64_t now)
{
    if (console.json) {
        cert_json("certificate", &cert);
    } else if (cert.state == CERT_PENDING) {
        print_pending();
    } else {
        print_cert(now);
    }
}

enum status command_status(const struct options *options, char *const *operands, size_t count)
{
    static struct names wanted;
    const struct wafer_port *port = client_port();
    if (port == NULL || !names_take(&wanted, operands, count)) {
        return port == NULL ? STATUS_FAILED : STATUS_USAGE;
    }
    enum status status = state_open(&state, option_text(options, OPTION_STATE), STATE_READ);
    if (status != STATUS_DONE) {
        return status;
    }
    for (size_t i = 0; i < wanted.count; i++) {
        if (!cert_is_known(&state, wanted.list[i])) {
            complain("%s: no certificate has this first name; `wafer status` lists them", wanted.list[i]);
            return STATUS_FAILED;
        }
    }
    if (cert_next(&state, -1) < 0) {
        note("no certificates in %s; `wafer issue NAME` gets one", state.path);
        return STATUS_DONE;
    }
    widen(&width.name, "NAME");
    widen(&width.state, "STATE");
    status = each(&wanted, client_time(), measure);
    if (status == STATUS_DONE && !console.json) {
        print_row("NAME", "STATE", "VALID UNTIL", "RENEWAL FROM", "CA");
    }
    return status == STATUS_DONE ? each(&wanted, client_time(), show) : status;
}

enum status command_export(const struct options *options, char *const *operands, size_t count)
{
    static struct names wanted;
    bool changed;
    enum status status = STATUS_DONE;
    if (client_port() == NULL || !names_take(&wanted, operands, count)) {
        return STATUS_USAGE;
    }
    status = state_open(&state, option_text(options, OPTION_STATE), STATE_WRITE);
    for (size_t i = 0; i < wanted.count && status == STATUS_DONE; i++) {
        int slot = cert_find(&state, wanted.list[i]);
        if (slot < 0) {
            complain("%s: no certificate has this first name; `wafer status` lists them", wanted.list[i]);
            return STATUS_FAILED;
        }
        if (!cert_load(&state, (uint8_t)slot, client_time(), &cert)) {
            return STATUS_FAILED;
        }
        status = export_certificate(&state, (uint8_t)slot, false, &changed);
        if (status == STATUS_DONE) {
            cert_json("exported", &cert);
            note("%s/{privkey,cert,chain,fullchain}.pem%s", cert.live, changed ? "" : " were current");
        }
    }
    return status;
}
