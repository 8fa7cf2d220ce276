/* --ca-file: certificates of a PEM file become trust anchors, one after the other. */
#include "ca_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "console.h"
#include "system_error.h"
#include "wafer/pem.h"

#define DER_MAX   8192
#define ROOTS_MAX 512          /* Debian's bundle of all public CAs has some 140 */
#define POOL_SIZE (320 * 1024) /* for their names and keys; pages that are not used take no memory */

static br_x509_trust_anchor roots[ROOTS_MAX];
static unsigned char pool[POOL_SIZE];

static const char *const labels[] = {"CERTIFICATE", "X509 CERTIFICATE"};
#define LABELS (sizeof labels / sizeof *labels)

/* What tells a private key, in the line that begins it. */
static const char key_mark[] = "PRIVATE KEY-----";

/* One run over a PEM file. */
struct reader {
    const char *path;
    struct wafer_pem pem[LABELS]; /* side by side; they share `der` */
    size_t key_matched;           /* octets of the mark */
    bool private_key;             /* has seen a key */
    unsigned found, unusable, weak;
    size_t count; /* of roots */
    size_t pool_used;
    uint8_t der[DER_MAX];
};

/* Where an octet string stands that stays. NULL: no room. */
static unsigned char *keep(struct reader *reader, const unsigned char *data, size_t len)
{
    unsigned char *to = pool + reader->pool_used;
    if (len > POOL_SIZE - reader->pool_used) {
        return NULL;
    }
    memcpy(to, data, len);
    reader->pool_used += len;
    return to;
}

/* Moves what an anchor points to out of the DER. Returns whether there is room. */
static bool keep_anchor(struct reader *reader, br_x509_trust_anchor *anchor)
{
    br_x509_pkey *key = &anchor->pkey;
    anchor->dn.data = keep(reader, anchor->dn.data, anchor->dn.len);
    if (key->key_type == BR_KEYTYPE_EC) {
        key->key.ec.q = keep(reader, key->key.ec.q, key->key.ec.qlen);
        return anchor->dn.data != NULL && key->key.ec.q != NULL;
    }
    key->key.rsa.n = keep(reader, key->key.rsa.n, key->key.rsa.nlen);
    key->key.rsa.e = keep(reader, key->key.rsa.e, key->key.rsa.elen);
    return anchor->dn.data != NULL && key->key.rsa.n != NULL && key->key.rsa.e != NULL;
}

/* Adds the certificate that has just ended. Returns false after a complaint. */
static bool add(struct reader *reader, const struct wafer_pem *pem)
{
    br_x509_trust_anchor anchor;
    reader->found++;
    if (wafer_anchor_from_der(&anchor, pem->der, pem->len) < 0) {
        reader->unusable++;
        return true;
    }
    if (wafer_anchor_is_weak(&anchor)) {
        reader->weak++;
        return true;
    }
    if (reader->count == ROOTS_MAX) {
        complain("%s: has more than %d roots; leave out those that are not needed", reader->path, ROOTS_MAX);
        return false;
    }
    if (!keep_anchor(reader, &anchor)) {
        complain("cannot read %s: %s", reader->path, system_error_text(ENOMEM));
        return false;
    }
    roots[reader->count++] = anchor;
    return true;
}

static void start(struct reader *reader, size_t label)
{
    wafer_pem_init(&reader->pem[label], labels[label], WAFER_PEM_SKIP_OTHERS, reader->der, DER_MAX);
}

/* Looks for the mark; its first octet is nowhere else in it. */
static void look_for_key(struct reader *reader, char c)
{
    if (c != key_mark[reader->key_matched]) {
        reader->key_matched = 0;
    }
    if (c == key_mark[reader->key_matched]) {
        reader->key_matched++;
    }
    if (key_mark[reader->key_matched] == 0) {
        reader->private_key = true;
        reader->key_matched = 0;
    }
}

static bool take_octet(struct reader *reader, char c)
{
    look_for_key(reader, c);
    for (size_t i = 0; i < LABELS; i++) {
        int rc = wafer_pem_feed(&reader->pem[i], c);
        if (rc == WAFER_E_SPACE) { /* larger than any root; the rest of it is skipped as text */
            reader->found++;
            reader->unusable++;
            start(reader, i);
        } else if (rc < 0) {
            complain("%s: certificate %u is broken PEM; copy the file again", reader->path,
                     reader->found + 1);
            return false;
        } else if (rc > 0 && !add(reader, &reader->pem[i])) {
            return false;
        }
    }
    return true;
}

static bool take_file(struct reader *reader, int fd)
{
    char data[512];
    ssize_t n;
    while ((n = read(fd, data, sizeof data)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            if (!take_octet(reader, data[i])) {
                return false;
            }
        }
    }
    if (n < 0) {
        complain("cannot read --ca-file %s: %s", reader->path, system_error_text(errno));
    }
    return n == 0;
}

/* What to say of the file as a whole. Returns whether it has roots. */
static bool conclude(const struct reader *reader)
{
    if (wafer_pem_end(&reader->pem[0]) < 0 || wafer_pem_end(&reader->pem[1]) < 0) {
        complain("%s: ends within certificate %u; copy the file again", reader->path, reader->found + 1);
        return false;
    }
    if (reader->found == 0) {
        complain("%s: has no certificate%s; --ca-file takes roots as PEM (-----BEGIN CERTIFICATE-----)",
                 reader->path, reader->private_key ? " but a private key" : "");
        return false;
    }
    if (reader->count == 0 && reader->weak > 0) {
        complain("%s: has a root with an RSA key of less than 2048 bits; take a stronger root", reader->path);
        return false;
    }
    if (reader->count == 0) {
        complain("%s: none of its %u certificates can be read, or none has an RSA or EC key", reader->path,
                 reader->found);
        return false;
    }
    if (reader->unusable > 0) {
        warn("%s: %u of its %u certificates cannot be read; they are not trusted", reader->path,
             reader->unusable, reader->found);
    }
    if (reader->weak > 0) {
        warn("%s: %u of its %u certificates have RSA keys of less than 2048 bits; they are not trusted",
             reader->path, reader->weak, reader->found);
    }
    return true;
}

bool ca_file_read(const char *path, struct wafer_anchors *anchors)
{
    static struct reader reader; /* too large for the stack of a small system */
    reader = (struct reader){.path = path};
    for (size_t i = 0; i < LABELS; i++) {
        start(&reader, i);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        complain("cannot read --ca-file %s: %s", path, system_error_text(errno));
        return false;
    }
    bool taken = take_file(&reader, fd);
    close(fd);
    if (!taken || !conclude(&reader)) {
        return false;
    }
    *anchors = (struct wafer_anchors){roots, reader.count};
    return true;
}
