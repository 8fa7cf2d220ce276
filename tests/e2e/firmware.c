/* A product that issues one certificate through the library, with what its options put into configuration and
 * request: for what the command never sets.
 *
 * usage: firmware DIRECTORY_URL ROOT.pem HTTP_PORT STORE_FILE NAME [OPTION...]
 *   profile=P optional    a profile, that may be left out
 *   signer=SECRET         the certificate's key: the byte SECRET in a secure element; ...
 *   fail=public_key:N     ... whose call number N fails; or fail=sign:N
 *   operation=MS wait=MS io=MS    limits of time of the configuration
 *   subproblems           are told
 *   again                 tries although the schedule after a failure asks to wait
 *   learn                 asks for the time only
 *   no-clock              the port does not know the time
 *   skip                  waiting moves the port's milliseconds only, and takes no time
 *   silent=PART           once a request to a URL with PART is sent, no octet comes any more
 *   cut=PART              the power fails before such a request
 * Prints a line "warning: STEP: NAME: REASON" for each warning, then what came of it as lines KEY=VALUE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "flash_file.h"
#include "port_posix.h"
#include "root_file.h"
#include "wafer/wafer.h"

/* The port under the bent one, and how it is bent. */
static struct wafer_port real;
static bool skips, is_silent, has_clock = true;
static uint32_t skipped_ms, start_ms;
static const char *silent_at, *cut_at;

/* The secure element. */
static struct wafer_key element_key;
static unsigned public_key_calls, sign_calls, public_key_fails, sign_fails;

static struct wafer client;
static struct wafer_store store;
static struct wafer_http01 responder;

/* --- the port --- */

static uint32_t bent_ms(void *ctx)
{
    return real.monotonic_ms(ctx) + skipped_ms;
}

static int64_t bent_time(void *ctx)
{
    return has_clock ? real.wall_time(ctx) : WAFER_E_CLOCK;
}

static int bent_wait(void *ctx, const int *handles, size_t n, uint32_t timeout_ms)
{
    if (!skips) {
        return real.wait(ctx, handles, n, timeout_ms);
    }
    skipped_ms += timeout_ms;
    return real.wait(ctx, handles, n, 0);
}

static int bent_read(void *ctx, int handle, uint8_t *data, size_t len, uint32_t timeout_ms)
{
    if (!is_silent) {
        return real.read(ctx, handle, data, len, timeout_ms);
    }
    skipped_ms += timeout_ms;
    return timeout_ms == 0 ? WAFER_E_AGAIN : WAFER_E_TIMEOUT;
}

/* A TCP connection to where nobody shakes hands. */
static int bent_connect(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms)
{
    is_silent = is_silent || (silent_at != NULL && strcmp(silent_at, "tls") == 0);
    return real.connect(ctx, host, tcp_port, timeout_ms);
}

static void on_event(void *ctx, const struct wafer_event *event)
{
    (void)ctx;
    if (event->type == WAFER_EVENT_WARNING) {
        printf("warning: %s: %s: %s\n", wafer_step_text(event->step), event->name, wafer_event_text(event));
    }
    if (event->type != WAFER_EVENT_REQUEST) {
        return;
    }
    is_silent = is_silent || (silent_at != NULL && strstr(event->text, silent_at) != NULL);
    if (cut_at != NULL && strstr(event->text, cut_at) != NULL) {
        fflush(stdout);
        _Exit(9);
    }
}

/* --- the secure element --- */

static int element_public_key(void *ctx, uint8_t point[WAFER_POINT_SIZE])
{
    (void)ctx;
    if (++public_key_calls == public_key_fails) {
        return -1234; /* a number of the element's driver, not of wafer */
    }
    memcpy(point, element_key.point, WAFER_POINT_SIZE);
    return 0;
}

static int element_sign(void *ctx, const uint8_t hash[32], uint8_t signature[WAFER_SIGNATURE_SIZE])
{
    const struct wafer_signer software = wafer_key_signer(&element_key);
    (void)ctx;
    if (++sign_calls == sign_fails) {
        return -1234;
    }
    return software.sign(software.ctx, hash, signature);
}

static const struct wafer_signer element = {.public_key = element_public_key, .sign = element_sign};

/* --- options --- */

static int must(const char *what, int rc)
{
    if (rc < 0) {
        fprintf(stderr, "%s: %s\n", what, wafer_error_text(rc));
        exit(2);
    }
    return rc;
}

/* The value of an option that begins with `key`, or NULL. */
static const char *value_of(const char *option, const char *key)
{
    size_t len = strlen(key);
    return strncmp(option, key, len) == 0 ? option + len : NULL;
}

static void take_number(const char *option, const char *key, uint32_t *number)
{
    const char *value = value_of(option, key);
    if (value != NULL) {
        *number = (uint32_t)strtoul(value, NULL, 10);
    }
}

static void take_text(const char *option, const char *key, const char **text)
{
    const char *value = value_of(option, key);
    if (value != NULL) {
        *text = value;
    }
}

static void take_signer(const char *option, struct wafer_request *request)
{
    const char *value = value_of(option, "signer=");
    uint8_t secret[WAFER_KEY_SIZE] = {0};
    if (value != NULL) {
        secret[WAFER_KEY_SIZE - 1] = (uint8_t)atoi(value);
        must("the key", wafer_key_load(&element_key, secret));
        request->signer = &element;
    }
}

/* Returns whether only the time is asked for. */
static bool take_options(char **options, struct wafer_config *config, struct wafer_request *request)
{
    bool learns = false;
    for (; *options != NULL; options++) {
        const char *option = *options;
        take_text(option, "profile=", &request->profile);
        take_text(option, "silent=", &silent_at);
        take_text(option, "cut=", &cut_at);
        take_number(option, "operation=", &config->operation_timeout_ms);
        take_number(option, "wait=", &config->wait_timeout_ms);
        take_number(option, "io=", &config->io_timeout_ms);
        take_number(option, "fail=public_key:", &public_key_fails);
        take_number(option, "fail=sign:", &sign_fails);
        take_signer(option, request);
        request->profile_optional |= strcmp(option, "optional") == 0;
        request->ignore_schedule |= strcmp(option, "again") == 0;
        learns |= strcmp(option, "learn") == 0;
        skips |= strcmp(option, "skip") == 0;
        has_clock &= strcmp(option, "no-clock") != 0;
        if (strcmp(option, "subproblems") == 0) {
            config->subproblems = wafer_subproblems;
        }
    }
    return learns;
}

/* --- what came of it --- */

static void print_last(int rc)
{
    const struct wafer_last *last = wafer_last(&client);
    printf("rc=%d\nerror=%s\nstep=%s\nproblem=%d\naction=%d\n", rc, rc < 0 ? wafer_error_text(rc) : "",
           wafer_step_text(last->step), (int)last->problem, (int)last->action);
    printf("retry_after=%d\n", (int)last->retry_after);
    printf("subject=%s\nsubproblem=%s\n", wafer_last_string(last, WAFER_LAST_SUBJECT),
           wafer_last_string(last, WAFER_LAST_SUBPROBLEMS + 1));
    printf("temporary=%d\nskipped=%u\npassed=%u\n", wafer_last_is_temporary(last), (unsigned)skipped_ms,
           (unsigned)(bent_ms(real.ctx) - start_ms));
    printf("public_key=%u\nsign=%u\n", public_key_calls, sign_calls);
}

/* What the store has for the name: the key's length, whether it is given, the profile it was ordered with. */
static void print_certificate(const char *name)
{
    struct wafer_certificate certificate;
    struct wafer_key key;
    char profile[32];
    int slot = wafer_certificate_find(&store, name);
    if (slot < 0) {
        printf("certificate=%s\n", wafer_error_text(slot));
        return;
    }
    must("the certificate", wafer_certificate_open(&store, (uint8_t)slot, &certificate));
    must("its profile",
         wafer_certificate_text(&store, &certificate, WAFER_CERTIFICATE_PROFILE, profile, sizeof profile));
    printf("certificate=found\nkey_length=%u\nprofile=%s\n", (unsigned)certificate.key.length, profile);
    int rc = wafer_certificate_key(&store, &certificate, &key);
    printf("key=%s\n", rc == 0 ? "here" : wafer_error_text(rc));
}

static void bend(struct wafer_posix *posix, struct wafer_port *port)
{
    must("the port", wafer_posix_port(posix, port));
    real = *port;
    port->monotonic_ms = bent_ms;
    port->wall_time = bent_time;
    port->wait = bent_wait;
    port->read = bent_read;
    port->connect = bent_connect;
}

int main(int argc, char **argv)
{
    struct wafer_posix posix;
    struct wafer_port port;
    struct wafer_flash_file file;
    if (argc < 6) {
        fprintf(stderr, "usage: firmware DIRECTORY_URL ROOT.pem HTTP_PORT STORE_FILE NAME [OPTION...]\n");
        return 2;
    }
    const char *const names[] = {argv[5]};
    bend(&posix, &port);
    wafer_http01_init(&responder, &port, "127.0.0.1", (uint16_t)atoi(argv[3]));
    const struct wafer_solver solver = wafer_http01_solver(&responder);
    struct wafer_config config = {.port = &port,
                                  .store = &store,
                                  .anchors = emu_root_file(argv[2]),
                                  .solver = &solver,
                                  .directory = argv[1],
                                  .agree_tos = true,
                                  .event = on_event,
                                  .ip = wafer_ip_parse};
    struct wafer_request request = {.names = names, .name_count = 1};
    bool learns = take_options(argv + 6, &config, &request);
    must(argv[4], wafer_flash_file_open(&file, argv[4], WAFER_FLASH_FILE_CREATE, NULL));
    int rc = wafer_store_mount(&store, &file.flash);
    if (rc == WAFER_E_BLANK) {
        rc = wafer_store_format(&store, &file.flash);
    }
    must("the store", rc);
    must("wafer_init", wafer_init(&client, &config));
    start_ms = bent_ms(real.ctx);
    rc = learns ? wafer_learn_time(&client) : wafer_issue(&client, &request);
    print_last(rc);
    printf("now=%lld\n", (long long)wafer_now(&client));
    print_certificate(names[0]);
    wafer_close(&client);
    wafer_flash_file_close(&file);
    return rc < 0;
}
