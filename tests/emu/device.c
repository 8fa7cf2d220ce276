/* The device's own life: clock, solver, boots and runs. */
#include "device.h"
#include <stdlib.h>
#include <string.h>
#include "ca_certificate.h"
#include "format/x509.h"

/* --- the clock --- */

int64_t emu_device_wall(const struct emu_device *d)
{
    switch (d->clock) {
    case CLOCK_RIGHT:
        return d->now_ms / 1000;
    case CLOCK_OFF:
        return d->now_ms / 1000 + d->clock_s;
    case CLOCK_AT:
        return d->clock_s + (d->now_ms - d->boot_ms) / 1000;
    case CLOCK_UNKNOWN:
        break;
    }
    return WAFER_E_CLOCK;
}

/* --- the solver: what it holds, the CA can fetch --- */

static int hold_challenge(void *ctx, const struct wafer_challenge *challenge)
{
    struct emu_device *d = ctx;
    unsigned i = d->challenge_count;
    if (strspn(challenge->identifier, "abcdefghijklmnopqrstuvwxyz0123456789.-") !=
        strlen(challenge->identifier)) {
        d->broken(d->broken_ctx, "the solver is given a name that is none", 0);
    }
    if (i == CA_NAMES) {
        return WAFER_E_SPACE;
    }
    d->challenge_count++;
    strncpy(d->challenges[i].name, challenge->identifier, sizeof d->challenges[i].name - 1);
    strncpy(d->challenges[i].token, challenge->token, sizeof d->challenges[i].token - 1);
    strncpy(d->challenges[i].thumbprint, challenge->thumbprint, sizeof d->challenges[i].thumbprint - 1);
    return 0;
}

static int wait_for_fetches(void *ctx, uint32_t timeout_ms)
{
    struct emu_device *d = ctx;
    int64_t next = emu_ca_next_fetch(&d->ca) - d->now_ms;
    device_advance(d, next < (int64_t)timeout_ms ? next > 0 ? next : 0 : (int64_t)timeout_ms);
    int fetched = (int)d->fetched;
    d->fetched = 0;
    return d->flash.dead ? WAFER_E_NETWORK : fetched;
}

static void drop_challenge(void *ctx, const struct wafer_challenge *challenge)
{
    struct emu_device *d = ctx;
    for (unsigned i = 0; i < d->challenge_count; i++) {
        if (strcmp(d->challenges[i].token, challenge->token) == 0) {
            d->challenges[i] = d->challenges[--d->challenge_count];
            memset(&d->challenges[d->challenge_count], 0, sizeof d->challenges[0]);
            return;
        }
    }
}

static bool answer_fetch(void *ctx, const char *name, const char *token, const char *thumbprint)
{
    struct emu_device *d = ctx;
    (void)name;
    for (unsigned i = 0; i < d->challenge_count && !d->is_out; i++) {
        if (strcmp(d->challenges[i].token, token) == 0) {
            d->fetched++;
            return strcmp(d->challenges[i].thumbprint, thumbprint) == 0;
        }
    }
    return false;
}

/* --- the account's key in a secure element: quick, and never looked at by the emulated CA --- */

static int element_public_key(void *ctx, uint8_t point[WAFER_POINT_SIZE])
{
    (void)ctx;
    memcpy(point, ca_key(CA_STRANGER_KEY)->point, WAFER_POINT_SIZE);
    return 0;
}

static int element_sign(void *ctx, const uint8_t hash[32], uint8_t signature[WAFER_SIGNATURE_SIZE])
{
    (void)ctx;
    memcpy(signature, hash, 32);
    memcpy(signature + 32, hash, 32);
    return 0;
}

static const struct wafer_signer element = {.public_key = element_public_key, .sign = element_sign};

/* --- from the factory --- */

static struct wafer_anchors server_anchor(void)
{
    static uint8_t der[CA_DER];
    static br_x509_trust_anchor anchor;
    const struct ca_certificate server = {.issuer = "emulated root",
                                          .subject = "emulated server",
                                          .not_before = 0,
                                          .not_after = 4102444799,
                                          .point = ca_key(CA_SERVER_KEY)->point,
                                          .serial = 1};
    if (anchor.dn.len == 0) {
        size_t len = ca_write_certificate(&server, der);
        if (wafer_anchor_from_der(&anchor, der, len) < 0) {
            abort();
        }
    }
    return (struct wafer_anchors){&anchor, 1};
}

/* Formatting is a person's matter: who is cut off in it does it again. */
static void mount(struct emu_device *d)
{
    int rc = wafer_store_mount(&d->store, &d->flash.flash);
    if (rc == WAFER_E_BLANK || (rc == WAFER_E_STORE_FORMAT && !d->is_formatted)) {
        rc = wafer_store_format(&d->store, &d->flash.flash);
    }
    d->is_formatted |= rc == 0;
    if (rc < 0 && !d->flash.dead) {
        d->broken(d->broken_ctx, "the store can't be mounted", rc);
    }
}

void emu_device_init(struct emu_device *d, int64_t now_s)
{
    memset(d, 0, offsetof(struct emu_device, ca));
    d->now_ms = now_s * 1000;
    d->boot_ms = d->now_ms;
    d->sees_fetches = true;
    d->random = 1;
    emu_ca_init(&d->ca, &d->now_ms);
    d->ca.fetch = answer_fetch;
    d->ca.fetch_ctx = d;
    d->wire.open = false;
    emu_flash_init(&d->flash, DEVICE_BLOCK, DEVICE_BLOCKS, 4, 0xff);
    device_port(d);
}

void emu_device_free(struct emu_device *d)
{
    emu_flash_free(&d->flash);
}

static void boot(struct emu_device *d)
{
    d->boot_ms = d->now_ms;
    d->challenge_count = d->fetched = 0;
    d->wire.open = false;
    d->flash.dead = d->flash.locked = false;
    d->solver = (struct wafer_solver){.type = "http-01",
                                      .ctx = d,
                                      .present = hold_challenge,
                                      .serve = d->sees_fetches ? wait_for_fetches : NULL,
                                      .cleanup = drop_challenge};
    mount(d);
    d->config = (struct wafer_config){.port = &d->port,
                                      .store = &d->store,
                                      .anchors = server_anchor(),
                                      .directory = CA_DIRECTORY,
                                      .account = d->own_signer ? &element : NULL,
                                      .agree_tos = true,
                                      .solver = &d->solver,
                                      .subproblems = wafer_subproblems};
    int rc = d->flash.dead ? 0 : wafer_init(&d->w, &d->config);
    if (rc < 0) {
        d->broken(d->broken_ctx, "the client can't be initialised", rc);
    }
}

void emu_device_wake(struct emu_device *d)
{
    for (int tries = 0; tries < 3 && (!d->is_booted || d->flash.dead); tries++) { /* it may go down while it boots */
        boot(d);
        d->is_booted = true;
    }
}

void emu_device_reboot(struct emu_device *d)
{
    d->is_booted = false;
}

void emu_device_sleep(struct emu_device *d, int64_t seconds)
{
    device_advance(d, seconds * 1000);
}

/* --- a run --- */

/* Each operation of the client has its own time. */
static int learn_time(struct emu_device *d)
{
    d->begun_ms = d->now_ms;
    int rc = wafer_learn_time(&d->w);
    d->begun_ms = 0;
    return rc;
}

static int issue(struct emu_device *d, const struct wafer_request *request)
{
    d->begun_ms = d->now_ms;
    int rc = wafer_issue(&d->w, request);
    d->begun_ms = 0;
    return rc;
}

/* Whether to issue, by the client's time where the clock has none. */
static int look(struct emu_device *d, const struct wafer_request *request)
{
    struct wafer_due due;
    int rc = wafer_due(&d->store, request, emu_device_wall(d), &due);
    if (rc < 0 || due.state != WAFER_DUE_CLOCK) {
        return rc;
    }
    rc = learn_time(d);
    if (rc < 0) {
        return rc;
    }
    return wafer_due(&d->store, request, wafer_now(&d->w), &due);
}

static int act(struct emu_device *d, const struct wafer_request *request, enum device_force force)
{
    struct wafer_request forced = *request;
    forced.ignore_schedule = forced.ignore_rate_limit = true;
    if (force == FORCED) {
        return issue(d, &forced);
    }
    int rc = look(d, request);
    return rc <= 0 ? rc : issue(d, request);
}

int emu_device_run(struct emu_device *d, const struct wafer_request *request, enum device_force force)
{
    emu_device_wake(d);
    int rc = act(d, request, force);
    if (!d->flash.dead && d->store.open) {
        d->broken(d->broken_ctx, "a transaction stays open", rc);
    }
    emu_device_wake(d); /* after a cut */
    return rc;
}

/* --- what it has --- */

static bool is_signed_by(const uint8_t *der, size_t len, const struct wafer_x509 *issuer)
{
    struct wafer_der in = {der, len}, certificate, signed_part, algorithm, signature;
    uint8_t point[WAFER_POINT_SIZE], hash[32];
    br_sha256_context sha;
    if (wafer_der_expect(&in, WAFER_DER_SEQUENCE, &certificate) < 0) {
        return false;
    }
    const uint8_t *start = certificate.data;
    if (wafer_der_expect(&certificate, WAFER_DER_SEQUENCE, &signed_part) < 0 ||
        wafer_der_expect(&certificate, WAFER_DER_SEQUENCE, &algorithm) < 0 ||
        wafer_der_expect(&certificate, WAFER_DER_BIT_STRING, &signature) < 0 || signature.len < 2 ||
        wafer_x509_p256(issuer, point) < 0) {
        return false;
    }
    br_sha256_init(&sha);
    br_sha256_update(&sha, start, (size_t)(signed_part.data + signed_part.len - start));
    br_sha256_out(&sha, hash);
    const br_ec_public_key key = {BR_EC_secp256r1, point, sizeof point};
    return br_ecdsa_i31_vrfy_asn1(&WAFER_EC_PRIVATE, hash, sizeof hash, &key, signature.data + 1,
                                  signature.len - 1) == 1;
}

static const char *leaf_fault(struct emu_device *d, const struct wafer_certificate *c,
                              const struct wafer_x509 *leaf, const struct wafer_request *request)
{
    uint8_t point[WAFER_POINT_SIZE];
    struct wafer_key key;
    int64_t now = d->now_ms / 1000;
    int rc = wafer_certificate_key(&d->store, c, &key);
    if (rc < 0 || wafer_x509_p256(leaf, point) < 0 || memcmp(point, key.point, sizeof point) != 0) {
        return "the certificate is for another key";
    }
    for (size_t i = 0; i < request->name_count; i++) {
        if (!wafer_x509_has_name(leaf, WAFER_X509_DNS, request->names[i], strlen(request->names[i]))) {
            return "a name is missing";
        }
    }
    if (leaf->not_before > now) {
        return "the certificate is not valid yet";
    }
    return leaf->not_after <= now ? "the certificate has expired" : NULL;
}

const char *emu_device_fault(struct emu_device *d, const struct wafer_request *request)
{
    uint8_t leaf_der[CA_DER], issuer_der[CA_DER];
    struct wafer_certificate c;
    struct wafer_x509 leaf, issuer;
    uint32_t offset = 0;
    int slot = wafer_certificate_find(&d->store, request->names[0]);
    if (slot < 0 || wafer_certificate_open(&d->store, (uint8_t)slot, &c) < 0) {
        return "there is no certificate";
    }
    int len = wafer_certificate_der(&d->store, &c, &offset, leaf_der, sizeof leaf_der);
    if (len <= 0 || wafer_x509_parse(&leaf, leaf_der, (size_t)len) < 0) {
        return "the certificate can't be read";
    }
    const char *fault = leaf_fault(d, &c, &leaf, request);
    if (fault != NULL) {
        return fault;
    }
    int issuer_len = wafer_certificate_der(&d->store, &c, &offset, issuer_der, sizeof issuer_der);
    if (issuer_len == 0) {
        return NULL; /* alone: allowed with a warning */
    }
    if (issuer_len < 0 || wafer_x509_parse(&issuer, issuer_der, (size_t)issuer_len) < 0) {
        return "the issuer's certificate can't be read";
    }
    return is_signed_by(leaf_der, (size_t)len, &issuer) ? NULL : "the signature is not the issuer's";
}
