/* wafer status: a table of the certificates, or a JSON line for each. */
#include <string.h>
#include "ca.h"
#include "calendar.h"
#include "certificate.h"
#include "client.h"
#include "commands.h"
#include "console.h"
#include "json.h"
#include "live.h"

static struct state state;
static struct certificate cert;

/* Widths of the columns that depend on the content. */
static struct {
    int name, state;
} width;

static void widen(int *column, const char *text)
{
    int columns = (int)text_columns(text);
    *column = columns > *column ? columns : *column;
}

static void print_row(const char *name, const char *text, const char *expires, const char *renewal,
                      const char *ca)
{
    output_format(&standard_output, "%-*s  %-*s  %-32s  %-20s  %s\n", width.name, name, width.state, text,
                  expires, renewal, ca);
}

static void print_names(void)
{
    for (size_t i = 1; i < cert.names.count; i++) {
        output_format(&standard_output, "%s%s", i == 1 ? "  also for " : ", ", cert.names.list[i]);
    }
    if (cert.names.count > 1) {
        output_format(&standard_output, "\n");
    }
}

static void print_pending(void)
{
    print_row(cert.names.list[0], certificate_state_text(cert.state), "-", "-", ca_name(cert.directory));
    print_names();
    output_format(&standard_output,
                  "  not issued yet: `wafer renew` goes on with it, and `wafer issue` with the same names\n");
    output_flush(&standard_output);
}

/* "2026-05-01 12:00 UTC (59 days)" */
static void describe_end(int64_t now, char *text, size_t size)
{
    char when[TIME_TEXT_MAX], left[TIME_TEXT_MAX];
    (void)time_text(cert.not_after, when);
    if (now == 0) {
        (void)text_format(text, size, "%s", when);
    } else if (now <= cert.not_after) {
        (void)text_format(text, size, "%s (%s)", when, duration_text(cert.not_after - now, left));
    } else {
        (void)text_format(text, size, "%s (%s ago)", when, duration_text(now - cert.not_after, left));
    }
}

/* What is wrong with the files. */
static void print_files(enum live_files files)
{
    static const char *const texts[] = {
        [LIVE_MISSING] = "has no files of it: `wafer export %s` writes them",
        [LIVE_OTHER] = "is not what the store holds: `wafer export %s` puts it right",
        [LIVE_LATER] = "has a later certificate than the store, which may be an older copy: `wafer export "
                       "%s` puts the store's there",
    };
    if (files == LIVE_CURRENT) {
        return;
    }
    output_format(&standard_output, "  %s ", cert.live);
    output_format(&standard_output, texts[files], cert.names.list[0]);
    output_format(&standard_output, "\n");
}

static void print_cert(int64_t now, enum live_files files)
{
    char when[TIME_TEXT_MAX], expires[2 * TIME_TEXT_MAX + 8], renewal[TIME_TEXT_MAX];
    describe_end(now, expires, sizeof expires);
    print_row(cert.names.list[0], certificate_state_text(cert.state), expires,
              time_text(cert.renewal, renewal), ca_name(cert.directory));
    print_names();
    if (cert.next_try > now) {
        output_format(&standard_output, "  %s; the next try is after %s\n",
                      cert.young ? "issued less than an hour ago" : "the last renewal failed",
                      time_text(cert.next_try, when));
    }
    print_files(files);
    output_flush(&standard_output);
}

/* Calls `visit` with each certificate that is wanted. */
static enum status visit_each(const struct names *wanted, int64_t now, void (*visit)(int64_t now))
{
    enum status status = STATUS_DONE;
    int slot = -1;
    while ((slot = certificate_next(&state, slot)) >= 0) {
        if (!certificate_load(&state, (uint8_t)slot, now, &cert)) {
            status = STATUS_FAILED;
        } else if (wanted->count == 0 || names_has(wanted, cert.names.list[0])) {
            visit(now);
        }
    }
    return status;
}

static void measure_columns(int64_t now)
{
    (void)now;
    widen(&width.name, cert.names.list[0]);
    widen(&width.state, certificate_state_text(cert.state));
}

static void show_certificate(int64_t now)
{
    enum live_files files = LIVE_CURRENT;
    if (cert.state != CERTIFICATE_PENDING) {
        files = live_look(&state, cert.slot, now);
        cert.files = live_files_text(files);
    }
    if (json_enabled()) {
        certificate_json("certificate", &cert);
    } else if (cert.state == CERTIFICATE_PENDING) {
        print_pending();
    } else {
        print_cert(now, files);
    }
}

/* Two rounds: the first one finds how wide the columns must be. */
static enum status print_table(const struct names *wanted)
{
    widen(&width.name, "NAME");
    widen(&width.state, "STATE");
    enum status status = visit_each(wanted, client_time(), measure_columns);
    if (status != STATUS_DONE) {
        return status;
    }
    if (!json_enabled()) {
        print_row("NAME", "STATE", "VALID UNTIL", "RENEWAL FROM", "CA");
    }
    return visit_each(wanted, client_time(), show_certificate);
}

enum status command_status(const struct options *options, char *const *operands, size_t count)
{
    static struct names wanted;
    const struct wafer_port *port = client_port();
    if (port == NULL) {
        return STATUS_FAILED;
    }
    if (!names_take(&wanted, operands, count)) {
        return STATUS_USAGE;
    }
    enum status status = state_open(&state, option_text(options, OPTION_STATE), STATE_READ);
    if (status != STATUS_DONE) {
        return status;
    }
    for (size_t i = 0; i < wanted.count; i++) {
        if (certificate_find_any(&state, wanted.list[i]) < 0) {
            return certificate_unknown(wanted.list[i]);
        }
    }
    if (certificate_next(&state, -1) < 0) {
        note("no certificates in %s; `wafer issue NAME` gets one", state.path);
        return STATUS_DONE;
    }
    return print_table(&wanted);
}
