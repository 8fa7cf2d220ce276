/* The example firmware: gets a certificate for the names of its configuration,
 * serves a page with it on port 443, and renews it. Read main() first.
 *
 * Everything is static; the one big piece of memory is used in turn by the ACME
 * client and by the HTTPS server. */
#include <bearssl.h>
#include <string.h>
#include "board.h"
#include "clock.h"
#include "config.h"
#include "console.h"
#include "entropy.h"
#include "https.h"
#include "nic.h"
#include "secrets.h"
#include "stack.h"
#include "text.h"
#include "wafer/wafer.h"
#include "wafer_lwip.h"

#define NAMES          4
#define ANCHORS        4
#define NTP_PORT       123
#define ADDRESS_MS     15000
#define NTP_MS         5000
#define RETRY_FIRST_MS 10000u
#define RETRY_LAST_MS  3600000u
#define DAY_MS         86400000u
#define LOOK_MS        60000u /* how often it is looked whether the certificate is due */

static union {
    struct wafer client;
    struct https https;
} memory;

static struct wafer_store store;
static br_x509_trust_anchor anchors[ANCHORS];
static const char *names[NAMES];
static size_t name_count;
static uint32_t retry_ms;    /* wait after the last failure, 0: there was none */
static int32_t asked_s = -1; /* seconds to wait that the failure asked for, -1: none */
static bool clock_is_wrong;  /* as the CA has shown */
static struct wafer_due due;

/* --- the log ------------------------------------------------------------------ */

static void stamp(void)
{
    console_print("[%u ms, %u busy] ", (unsigned)board_ms(), (unsigned)clock_busy_ms());
}

static void on_event(void *ctx, const struct wafer_event *event)
{
    static const char *const types[] = {
        [WAFER_EVENT_BEGIN] = "begins",       [WAFER_EVENT_END] = "done",
        [WAFER_EVENT_REUSED] = "not needed",  [WAFER_EVENT_RESUMED] = "resumed",
        [WAFER_EVENT_FETCHED] = "fetched",    [WAFER_EVENT_WAIT] = "waits",
        [WAFER_EVENT_RETRY] = "again",        [WAFER_EVENT_ASKED] = "is asked for seconds",
        [WAFER_EVENT_WARNING] = "warning",    [WAFER_EVENT_CHAIN] = "chain",
        [WAFER_EVENT_REQUEST] = "request",    [WAFER_EVENT_RESPONSE] = "response",
    };
    (void)ctx;
    clock_is_wrong |= event->reason == WAFER_REASON_CLOCK;
    if (event->type >= sizeof types / sizeof types[0])
        return; /* bodies are too long for a UART */
    stamp();
    console_print("%s: %s", wafer_step_text(event->step), types[event->type]);
    if (event->name != NULL)
        console_print(" %s", event->name);
    const char *text = wafer_event_text(event);
    if (text[0] != '\0')
        console_print(" %s", text);
    if (event->value != 0)
        console_print(" (%d)", (int)event->value);
    console_print("\n");
}

static void print_failure(const struct wafer_last *last)
{
    stamp();
    console_print("failed: %s: %s", wafer_step_text(last->step), wafer_error_text(last->error));
    if (last->http_status != 0)
        console_print(", HTTP %d", last->http_status);
    if (last->tls_error == BR_ERR_TOO_LARGE)
        console_print(", a record of the server is larger than WAFER_TLS_BUFFER");
    else if (last->tls_error != 0)
        console_print(", TLS %d", last->tls_error);
    for (unsigned i = 0; i < WAFER_LAST_SUBPROBLEMS; i++)
        if (*wafer_last_string(last, i) != '\0')
            console_print(", %s", wafer_last_string(last, i));
    console_print("\n");
}

/* For what only a person can mend. The watchdog must not hide it by a restart. */
static _Noreturn void halt(const char *what, int rc)
{
    console_print("halted: %s: %s\n", what, wafer_error_text(rc));
    for (;;) {
        board_watchdog();
        board_sleep();
    }
}

/* --- the platform -------------------------------------------------------------- */

static int idle(void)
{
    board_watchdog();
    return 0;
}

static const struct wafer_lwip_device device = {
    .netif_init = nic_netif_init,
    .netif_poll = nic_netif_poll,
    .monotonic_ms = board_ms,
    .wall_time = clock_now,
    .entropy = entropy_get,
    .idle = idle,
    .sleep = clock_sleep,
};
static const struct wafer_port *const port = &wafer_lwip_port;

/* Only a flash that is erased from end to end is formatted: anything else may be
 * somebody's data. */
static void open_store(void)
{
    int rc = wafer_store_mount(&store, &board_flash);
    if (rc == WAFER_E_BLANK) {
        console_print("store: the flash is blank, formatting it\n");
        rc = wafer_store_format(&store, &board_flash);
    }
    if (rc == WAFER_E_STORE_FORMAT)
        console_print("store: the flash is not blank, so it is not formatted: erase it to begin anew\n");
    if (rc < 0)
        halt("store", rc);
    rc = secrets_open(&store);
    if (rc < 0)
        halt("store, with the key of this device", rc);
    if (rc > 0)
        console_print("store: secrets are encrypted\n");
}

static void open_entropy(void)
{
    int rc = entropy_start(&store);
    if (rc < 0)
        halt(rc == WAFER_E_ENTROPY ? "no key is made without entropy" : "store", rc);
}

static struct wafer_config client_config;

static void read_config(void)
{
    if (!config_is_sound())
        halt("the configuration page breaks off, or an item has a wrong length", WAFER_E_ARGUMENT);
    size_t count = config_anchors(anchors, ANCHORS);
    while (name_count < NAMES) {
        const char *name = config_text(CONFIG_NAME, (unsigned)name_count);
        if (name == NULL)
            break;
        names[name_count++] = name;
    }
    client_config.port = port;
    client_config.store = &store;
    client_config.anchors.list = anchors;
    client_config.anchors.count = count;
    client_config.directory = config_text(CONFIG_DIRECTORY, 0);
    client_config.ip = wafer_ip_parse; /* the CA may be named by its address */
    client_config.agree_tos = true;    /* whoever provisioned the device did */
    client_config.event = on_event;
    if (name_count == 0 || client_config.directory == NULL || count == 0)
        halt("the configuration page has no name, no directory URL or no trust anchor", WAFER_E_ARGUMENT);
}

static int open_network(void)
{
    int rc = wafer_lwip_wait_address(ADDRESS_MS);
    if (rc < 0) {
        stamp();
        console_print("no address by DHCP: is there a link and a DHCP server?\n");
    }
    return rc;
}

/* Without a clock of its own the device asks a time server; and if there is none,
 * the client believes the CA (wafer_now). */
static void learn_time(void)
{
    const char *server = config_text(CONFIG_NTP, 0);
    if (clock_now() >= 0 || server == NULL)
        return;
    int64_t now = wafer_lwip_sntp(server, (uint16_t)config_number(CONFIG_NTP_PORT, NTP_PORT), NTP_MS);
    stamp();
    if (now < 0) {
        console_print("time server: %s\n", wafer_error_text((int)now));
        return;
    }
    clock_set(now);
    console_print("time server: it is %u\n", (unsigned)now);
}

/* --- the certificate ------------------------------------------------------------ */

/* Who configures renewals after some seconds wants them within the hour, too. */
static struct wafer_request request(void)
{
    return (struct wafer_request){
        .names = names, .name_count = name_count, .ignore_schedule = config_number(CONFIG_RENEW, 0) != 0};
}

/* What is to be done? A renewal some seconds after the issuance, as the configuration may say,
 * comes before the certificate's own time: for tests, and for who wants to see one. */
static int look(void)
{
    uint32_t after = config_number(CONFIG_RENEW, 0);
    const struct wafer_request wanted = request();
    int rc = wafer_due(&store, &wanted, clock_now(), &due);
    if (rc != 0 || due.state != WAFER_DUE_VALID || after == 0)
        return rc;
    due.when = due.certificate.issued + after;
    return clock_now() >= due.when;
}

/* Where the time is not known, it is at least what the CA told when it issued the certificate. */
static void believe_certificate(void)
{
    if (due.certificate.told && clock_now() < due.certificate.issued)
        clock_set(due.certificate.issued);
}

/* The whole of wafer, from the point of view of a firmware. */
static int issue(void)
{
    struct wafer *w = &memory.client;
    struct wafer_http01 responder;
    const struct wafer_request wanted = request();
    const char *contacts[1] = {config_text(CONFIG_CONTACT, 0)};

    wafer_http01_init(&responder, port, NULL, 80);
    struct wafer_solver solver = wafer_http01_solver(&responder);
    client_config.solver = &solver;
    client_config.contacts = contacts;
    client_config.contact_count = contacts[0] != NULL;

    int rc = wafer_init(w, &client_config);
    if (rc < 0) {
        console_print("client: %s\n", wafer_error_text(rc));
        return rc;
    }
    rc = wafer_issue(w, &wanted);
    asked_s = rc < 0 ? wafer_last(w)->retry_after : -1;
    if (rc < 0) {
        print_failure(wafer_last(w));
        if (wafer_lwip_duplicate())
            console_print("another host has this device's IPv6 address\n");
    }
    if (clock_is_wrong || (rc == 0 && clock_now() < 0))
        clock_set(wafer_now(w));
    clock_is_wrong = false;
    wafer_close(w);
    return rc;
}

/* Waits longer after each failure, but at least as long as the CA or the schedule in
 * the store asks for, which a reboot does not reset. */
static void back_off(void)
{
    if (retry_ms == 0)
        retry_ms = RETRY_FIRST_MS;
    else
        retry_ms = retry_ms < RETRY_LAST_MS / 4 ? retry_ms * 4 : RETRY_LAST_MS;
    if (asked_s >= 0)
        retry_ms = asked_s < (int32_t)(DAY_MS / 1000) ? (uint32_t)asked_s * 1000 + 1000 : DAY_MS;
    stamp();
    console_print("next try in %u s\n", (unsigned)(retry_ms / 1000));
}

/* --- the page -------------------------------------------------------------------- */

static size_t page(char *text, size_t size)
{
    char *to = text, *end = text + size;
    add_text(&to, end, "This device has a certificate for ");
    add_text(&to, end, names[0]);
    add_text(&to, end, "\n");
    add_number(&to, end, "valid from (seconds since 1970): ", (uint32_t)due.certificate.not_before);
    add_number(&to, end, "valid until: ", (uint32_t)due.certificate.not_after);
    add_number(&to, end, "renewed from: ", (uint32_t)due.when);
    add_number(&to, end, "seconds since start: ", board_ms() / 1000);
    add_number(&to, end, "stack used: ", (uint32_t)stack_used());
    add_number(&to, end, "stack size: ", (uint32_t)stack_size());
    return (size_t)(to - text);
}

static int serve_page(uint32_t ms)
{
    if (due.certificate.sequence == 0)
        return WAFER_E_NOT_FOUND;
    int rc = https_load(&memory.https, &store, &due.certificate);
    if (rc < 0)
        return rc;
    return https_serve(&memory.https, port, page, ms);
}

/* Serves for so long, or just waits when there is nothing to serve with. */
static void serve(uint32_t ms)
{
    int rc = serve_page(ms);
    https_close(&memory.https);
    if (rc < 0) {
        if (rc != WAFER_E_NOT_FOUND)
            console_print("https: %s\n", wafer_error_text(rc));
        port->wait(port->ctx, NULL, 0, ms);
    }
}

/* How long the present certificate may be served before it is to be looked at again. */
static uint32_t time_to_serve(void)
{
    int64_t left = due.when - clock_now();
    if (retry_ms != 0)
        return retry_ms;
    if (left < 0)
        return 0;
    if (left >= LOOK_MS / 1000)
        return LOOK_MS;
    return (uint32_t)left * 1000 + 1000;
}

static void report(const char *what)
{
    stamp();
    console_print("%s: certificate for %s, valid until %u, due at %u, stack %u of %u\n", what, names[0],
                  (unsigned)due.certificate.not_after, (unsigned)due.when, (unsigned)stack_used(),
                  (unsigned)stack_size());
}

/* An earlier attempt, perhaps before a reboot, asks to wait. */
static void report_back_off(void)
{
    stamp();
    console_print("an earlier failure asks to wait, next try in %u s\n", (unsigned)(due.when - clock_now()));
}

/* Orders what is due and looks at what came. */
static int renew(void)
{
    int rc = issue();
    if (rc < 0)
        return rc;
    rc = look();
    if (due.certificate.sequence == 0) {
        console_print("the new certificate cannot be read: %s\n",
                      wafer_error_text(rc < 0 ? rc : WAFER_E_DAMAGED));
        return WAFER_E_DAMAGED;
    }
    report("issued");
    return 0;
}

/* Does what is due, and where the time is not known, looks for it. */
static int act(void)
{
    int wanted = look();
    if (wanted == 0 && clock_now() >= 0)
        return 0;
    int rc = open_network();
    if (rc >= 0)
        learn_time();
    wanted = look();
    if (wanted == 0)
        return 0;
    if (rc < 0)
        return rc;
    return renew();
}

int main(void)
{
    board_init();
    console_print("\nwafer " WAFER_VERSION ", client %u bytes, stack %u\n", (unsigned)sizeof memory,
                  (unsigned)stack_size());
    read_config();
    open_store();
    open_entropy();
    int rc = wafer_lwip_start(&device);
    nic_drop(config_number(CONFIG_DROP, 0));
    if (rc < 0)
        halt("network", rc);

    look();
    believe_certificate();
    look(); /* with the time */
    if (due.certificate.sequence != 0)
        report("found");
    if (due.state == WAFER_DUE_BACKOFF)
        report_back_off();
    for (;;) {
        rc = act();
        if (rc < 0)
            back_off();
        else
            retry_ms = 0;
        asked_s = -1;
        serve(time_to_serve());
    }
}
