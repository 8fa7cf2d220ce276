/* wafer store check: reads all that is current, and holds certificates against their keys. */
#include <string.h>
#include "console.h"
#include "failure.h"
#include "json.h"
#include "names.h"
#include "store_actions.h"
#include "wipe.h"

static struct state state;

struct tally {
    unsigned count[WAFER_RECORD_DAMAGED + 1];
    unsigned encrypted;
};

static int count_record(void *ctx, const struct wafer_record_view *view)
{
    struct tally *tally = ctx;
    tally->count[view->state]++;
    tally->encrypted += view->encrypted;
    return 0;
}

/* What a look at one certificate finds. */
struct finding {
    char name[NAME_SIZE];
    unsigned links; /* certificates of the chain */
    bool locked;    /* the key is encrypted, and only the device can read it */
    bool wrong_key; /* the leaf is for another key */
};

/* Whether a certificate in DER is for the key. */
static bool leaf_has_key(const uint8_t *der, size_t len, const struct wafer_key *key)
{
    br_x509_trust_anchor leaf; /* has the leaf's key in a form to compare */
    int rc = wafer_anchor_from_der(&leaf, der, len);
    const br_ec_public_key *ec = &leaf.pkey.key.ec;
    return rc == 0 && leaf.pkey.key_type == BR_KEYTYPE_EC && ec->qlen == WAFER_POINT_SIZE &&
           memcmp(ec->q, key->point, WAFER_POINT_SIZE) == 0;
}

/* Holds the leaf against the certificate's key, which may be held elsewhere. */
static int check_key(const struct wafer_certificate *certificate, const uint8_t *leaf, size_t len,
                     struct finding *finding)
{
    struct wafer_key key;
    if (certificate->key.length == 0) {
        return 0;
    }
    int rc = wafer_certificate_key(&state.store, certificate, &key);
    finding->locked = rc == WAFER_E_LOCKED;
    finding->wrong_key = rc == 0 && !leaf_has_key(leaf, len, &key);
    wafer_key_wipe(&key);
    return finding->locked ? 0 : rc;
}

/* Reads the chain to its end. */
static int check_chain(const struct wafer_certificate *certificate, struct finding *finding)
{
    static uint8_t der[WAFER_WORK_SIZE];
    uint32_t offset = 0;
    int len;
    while ((len = wafer_certificate_der(&state.store, certificate, &offset, der, sizeof der)) > 0) {
        int rc = finding->links == 0 ? check_key(certificate, der, (size_t)len, finding) : 0;
        if (rc < 0) {
            return rc;
        }
        finding->links++;
    }
    return len;
}

/* Returns 0 when all could be read, or an error. */
static int look_at_certificate(uint8_t slot, struct finding *finding)
{
    struct wafer_certificate certificate;
    int rc = wafer_certificate_open(&state.store, slot, &certificate);
    if (rc < 0) {
        return rc;
    }
    rc = names_read(&state.store, &certificate, 0, finding->name);
    if (rc < 0) {
        return rc;
    }
    return check_chain(&certificate, finding);
}

/* What is wrong with a certificate, or NULL. */
static const char *fault_of(int rc, const struct finding *finding)
{
    if (rc < 0) {
        return wafer_error_text(rc);
    }
    if (finding->links == 0) {
        return "it has no chain";
    }
    return finding->wrong_key ? "its key does not belong to it" : NULL;
}

static enum status check_certificate(uint8_t slot)
{
    struct finding finding = {.name = "?"};
    int rc = look_at_certificate(slot, &finding);
    const char *fault = fault_of(rc, &finding);
    if (fault != NULL) {
        complain("certificate %u (%s): %s; issue it again with --force", slot, finding.name, fault);
        return STATUS_FAILED;
    }
    note("certificate %u (%s): good, %u in the chain%s", slot, finding.name, finding.links,
         finding.locked ? "; its key is encrypted and was not looked at" : "");
    return STATUS_DONE;
}

/* Reads a value to its end. Returns what is wrong, or NULL; of encrypted ones only the
 * checksums are known. */
static const char *value_fault(const struct wafer_value *value)
{
    uint8_t data[256];
    uint32_t offset = 0;
    int n;
    while ((n = wafer_store_read(&state.store, value, offset, data, sizeof data)) > 0) {
        offset += (uint32_t)n;
    }
    wipe(data, sizeof data);
    if (n == WAFER_E_LOCKED) {
        return NULL;
    }
    if (n < 0) {
        return wafer_error_text(n);
    }
    return offset == value->length ? NULL : "it ends too early";
}

/* Reads every current value. */
static enum status check_values(void)
{
    enum status status = STATUS_DONE;
    struct wafer_value value;
    for (unsigned kind = 1; kind <= 255; kind++) {
        int slot = -1;
        while ((slot = wafer_store_next(&state.store, (enum wafer_kind)kind, slot, &value)) >= 0) {
            const char *fault = value_fault(&value);
            if (fault != NULL) {
                complain("%s: the %s of slot %d cannot be read: %s", state.store_path, store_kind_text(kind),
                         slot, fault);
                status = STATUS_FAILED;
            }
        }
    }
    return status;
}

static void tell_tally(const struct tally *tally)
{
    note("records: %u live, %u old, %u uncommitted, %u damaged", tally->count[WAFER_RECORD_LIVE],
         tally->count[WAFER_RECORD_OLD], tally->count[WAFER_RECORD_UNCOMMITTED],
         tally->count[WAFER_RECORD_DAMAGED]);
    if (tally->encrypted > 0) {
        note("%u of them are encrypted; only the device can read them", tally->encrypted);
    }
    if (tally->count[WAFER_RECORD_DAMAGED] > 0) {
        warn("%s: %u damaged records: a power cut leaves such, a failing medium too; what is shown as good "
             "is whole",
             state.store_path, tally->count[WAFER_RECORD_DAMAGED]);
    }
}

static void tell_checked(enum status status, const struct tally *tally)
{
    json_begin("checked");
    json_bool("good", status == STATUS_DONE);
    json_number("damaged", tally->count[WAFER_RECORD_DAMAGED]);
    json_number("encrypted", tally->encrypted);
    json_end();
}

enum status store_check(const struct options *options, const char *image)
{
    struct tally tally = {{0}, 0};
    struct wafer_value value;
    int slot = -1;
    enum status status = store_open(&state, options, image);
    if (status != STATUS_DONE) {
        return status;
    }
    int rc = wafer_store_walk(&state.store, count_record, &tally);
    if (rc < 0) {
        return failure_store("read", state.store_path, rc);
    }
    status = check_values();
    while ((slot = wafer_store_next(&state.store, WAFER_KIND_CERT, slot, &value)) >= 0) {
        status = status_worse(status, check_certificate((uint8_t)slot));
    }
    tell_tally(&tally);
    store_tell_usage(&state.store);
    tell_checked(status, &tally);
    return status;
}
