#include <string.h>
#include "commands.h"
#include "failure.h"
#include "names.h"
#include "state.h"

static struct state state;

static const char *kind_text(unsigned kind)
{
    static const char *const texts[] = {
#define KIND_TEXT(name, number, text) [number] = text,
        WAFER_KINDS(KIND_TEXT)
#undef KIND_TEXT
    };
    return kind < sizeof texts / sizeof *texts && texts[kind] != NULL ? texts[kind] : "unknown";
}

static const char *state_text(enum wafer_record_state record)
{
    static const char *const texts[] = {
        [WAFER_RECORD_LIVE] = "live",
        [WAFER_RECORD_OLD] = "old",
        [WAFER_RECORD_UNCOMMITTED] = "uncommitted",
        [WAFER_RECORD_DAMAGED] = "damaged",
    };
    return texts[record];
}

/* --- dump --- */

static int dump_record(void *ctx, const struct wafer_record_view *view)
{
    const char *what = view->commit ? "commit" : kind_text(view->kind);
    (void)ctx;
    json_begin("record");
    json_number("block", view->block);
    json_number("offset", view->offset);
    json_number("sequence", view->sequence);
    json_text("kind", what);
    json_number("slot", view->slot);
    json_number("part", view->part);
    json_number("length", view->length);
    json_bool("last", view->last);
    json_bool("deleted", view->deleted);
    json_bool("encrypted", view->encrypted);
    json_text("state", state_text(view->state));
    json_end();
    note("%5u  %6u  %8u  %-11s  %4u  %4u%c  %6u  %s%s%s", (unsigned)view->block, (unsigned)view->offset,
         (unsigned)view->sequence, what, view->slot, view->part, view->last || view->commit ? ' ' : '+',
         view->length, state_text(view->state), view->deleted ? ", deletes" : "",
         view->encrypted ? ", encrypted" : "");
    return 0;
}

static void tell_usage(void)
{
    struct wafer_store_usage usage;
    if (wafer_store_usage(&state.store, &usage) < 0) {
        return;
    }
    json_begin("usage");
    json_number("live", usage.live);
    json_number("capacity", usage.capacity);
    json_number("erases_min", usage.erases_min);
    json_number("erases_max", usage.erases_max);
    json_number("retired", usage.retired);
    json_number("failed", usage.failed);
    json_end();
    note("%u of %u octets used; blocks erased %u to %u times", (unsigned)usage.live, (unsigned)usage.capacity,
         (unsigned)usage.erases_min, (unsigned)usage.erases_max);
    if (usage.retired + usage.failed > 0) {
        note("worn blocks: %u retired, %u failed once", (unsigned)usage.retired, (unsigned)usage.failed);
    }
}

/* Opens the image that is named, else the store of the state directory. */
static enum status open_store(const struct options *options, const char *image)
{
    if (image != NULL) {
        return state_open_image(&state, image);
    }
    enum status status = state_open(&state, option_text(options, OPTION_STATE), STATE_READ);
    if (status == STATUS_DONE && state.empty) {
        complain("%s: there is no store yet; `wafer issue` makes one, --state names another directory",
                 state.store_path);
        return STATUS_FAILED;
    }
    return status;
}

static enum status dump(const struct options *options, const char *image)
{
    enum status status = open_store(options, image);
    if (status != STATUS_DONE) {
        return status;
    }
    note("block  offset  sequence  kind         slot  part   length  state");
    int rc = wafer_store_walk(&state.store, dump_record, NULL);
    if (rc < 0) {
        return failure_store("read", state.store_path, rc);
    }
    tell_usage();
    return STATUS_DONE;
}

/* --- check --- */

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

/* Whether a certificate in DER is for the key. */
static bool leaf_has_key(const uint8_t *der, size_t len, const struct wafer_key *key)
{
    static br_x509_decoder_context decoder;
    br_x509_decoder_init(&decoder, NULL, NULL);
    br_x509_decoder_push(&decoder, der, len);
    const br_x509_pkey *pkey = br_x509_decoder_get_pkey(&decoder);
    return pkey != NULL && pkey->key_type == BR_KEYTYPE_EC && pkey->key.ec.qlen == WAFER_POINT_SIZE &&
           memcmp(pkey->key.ec.q, key->point, WAFER_POINT_SIZE) == 0;
}

/* Reads a certificate to its end, and looks at key and chain together. */
static enum status check_certificate(uint8_t slot)
{
    static uint8_t der[WAFER_WORK_SIZE];
    struct wafer_certificate certificate;
    struct wafer_key key;
    char name[NAME_SIZE] = "?";
    uint32_t offset = 0;
    unsigned links = 0;
    int rc = wafer_certificate_open(&state.store, slot, &certificate);
    if (rc >= 0) {
        rc = wafer_certificate_name(&state.store, &certificate, 0, name, sizeof name);
    }
    int len = rc < 0 ? rc : 1;
    bool fits = true, locked = false;
    while (len > 0 &&
           (len = wafer_certificate_der(&state.store, &certificate, &offset, der, sizeof der)) > 0) {
        if (links++ == 0 && certificate.key.length > 0) {
            rc = wafer_certificate_key(&state.store, &certificate, &key);
            locked = rc == WAFER_E_LOCKED; /* the device has the key to it */
            rc = locked ? 0 : rc;
            fits = locked || (rc >= 0 && leaf_has_key(der, (size_t)len, &key));
            wafer_key_wipe(&key);
        }
    }
    if (rc >= 0 && len < 0) {
        rc = len;
    }
    if (rc < 0) {
        complain("certificate %u (%s): %s; issue it again with --force", slot, name, wafer_error_text(rc));
    } else if (links == 0 || !fits) {
        complain("certificate %u (%s): %s; issue it again with --force", slot, name,
                 links == 0 ? "it has no chain" : "its key does not belong to it");
    } else {
        note("certificate %u (%s): good, %u in the chain%s", slot, name, links,
             locked ? "; its key is encrypted and was not looked at" : "");
        return STATUS_DONE;
    }
    return STATUS_FAILED;
}

/* Reads every current value to its end; of encrypted ones only the checksums are known. */
static enum status check_values(void)
{
    enum status status = STATUS_DONE;
    struct wafer_value value;
    uint8_t data[256];
    for (unsigned kind = 1; kind <= 255; kind++) {
        int slot = -1;
        while ((slot = wafer_store_next(&state.store, (enum wafer_kind)kind, slot, &value)) >= 0) {
            uint32_t offset = 0;
            int n;
            while ((n = wafer_store_read(&state.store, &value, offset, data, sizeof data)) > 0) {
                offset += (uint32_t)n;
            }
            if (n == WAFER_E_LOCKED) {
                continue;
            }
            if (n < 0 || offset != value.length) {
                complain("%s: the %s of slot %d cannot be read: %s", state.store_path, kind_text(kind), slot,
                         n < 0 ? wafer_error_text(n) : "it ends too early");
                status = STATUS_FAILED;
            }
        }
    }
    memset(data, 0, sizeof data);
    return status;
}

static enum status check(const struct options *options, const char *image)
{
    struct tally tally = {{0}, 0};
    struct wafer_value value;
    int slot = -1;
    enum status status = open_store(options, image);
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
    note("records: %u live, %u old, %u uncommitted, %u damaged", tally.count[WAFER_RECORD_LIVE],
         tally.count[WAFER_RECORD_OLD], tally.count[WAFER_RECORD_UNCOMMITTED],
         tally.count[WAFER_RECORD_DAMAGED]);
    if (tally.encrypted > 0) {
        note("%u of them are encrypted; only the device can read them", tally.encrypted);
    }
    if (tally.count[WAFER_RECORD_DAMAGED] > 0) {
        warn("%s: %u damaged records: a power cut leaves such, a failing medium too; what is shown as good "
             "is whole",
             state.store_path, tally.count[WAFER_RECORD_DAMAGED]);
    }
    tell_usage();
    json_begin("checked");
    json_bool("good", status == STATUS_DONE);
    json_number("damaged", tally.count[WAFER_RECORD_DAMAGED]);
    json_number("encrypted", tally.encrypted);
    json_end();
    return status;
}

/* --- format --- */

/* Whether no value of any kind is there, but for the store's own. */
static bool is_empty(void)
{
    struct wafer_value value;
    for (unsigned kind = 1; kind <= 255; kind++) {
        if (kind != WAFER_KIND_WORN &&
            wafer_store_next(&state.store, (enum wafer_kind)kind, -1, &value) >= 0) {
            return false;
        }
    }
    return true;
}

static enum status format(const struct options *options, const char *image)
{
    (void)image;
    enum status status = state_open(&state, option_text(options, OPTION_STATE), STATE_RAW);
    if (status != STATUS_DONE) {
        return status;
    }
    int rc = wafer_store_mount(&state.store, &state.file.flash);
    bool blank = rc == WAFER_E_BLANK || (rc == 0 && is_empty());
    if (!blank && !option_on(options, OPTION_FORCE)) {
        complain("%s %s; --force erases it, keys and accounts with it", state.store_path,
                 rc == 0 ? "is in use" : "holds something that wafer cannot read");
        return STATUS_FAILED;
    }
    rc = wafer_store_format(&state.store, &state.file.flash);
    if (rc < 0) {
        return failure_store("format", state.store_path, rc);
    }
    note("%s: formatted, %u blocks of %u octets", state.store_path, (unsigned)state.file.flash.block_count,
         (unsigned)state.file.flash.block_size);
    return STATUS_DONE;
}

enum status command_store(const struct options *options, char *const *operands, size_t count)
{
    static const struct {
        const char *name;
        enum status (*run)(const struct options *options, const char *image);
        size_t most; /* operands, itself included */
    } actions[] = {{"dump", dump, 2}, {"check", check, 2}, {"format", format, 1}};
    for (size_t i = 0; i < sizeof actions / sizeof *actions && count > 0; i++) {
        if (count <= actions[i].most && strcmp(operands[0], actions[i].name) == 0) {
            return actions[i].run(options, count > 1 ? operands[1] : NULL);
        }
    }
    complain("store takes dump [IMAGE], check [IMAGE] or format; `wafer store --help` tells what they do");
    return STATUS_USAGE;
}
