#include "anchors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "console.h"

#define DN_MAX    1024
#define ROOTS_MAX 512 /* Debian's bundle of all public CAs has some 140 */

static br_x509_trust_anchor roots[ROOTS_MAX];

/* One run over a PEM file. */
struct reader {
    const char *path;
    br_pem_decoder_context pem;
    br_x509_decoder_context x509;
    bool certificate; /* inside one */
    bool private_key; /* has seen a key */
    bool failed;      /* has complained */
    unsigned found, unusable;
    size_t dn_len;
    unsigned char dn[DN_MAX];
    size_t count; /* of roots */
};

static void take_dn(void *ctx, const void *data, size_t len)
{
    struct reader *reader = ctx;
    if (len > DN_MAX - reader->dn_len) {
        reader->dn_len = DN_MAX; /* too long: counts as unusable */
        return;
    }
    memcpy(reader->dn + reader->dn_len, data, len);
    reader->dn_len += len;
}

static void take_der(void *ctx, const void *data, size_t len)
{
    struct reader *reader = ctx;
    br_x509_decoder_push(&reader->x509, data, len);
}

static unsigned char *copy(const unsigned char *data, size_t len)
{
    unsigned char *to = malloc(len > 0 ? len : 1);
    if (to != NULL) {
        memcpy(to, data, len);
    }
    return to;
}

static bool copy_key(br_x509_pkey *to, const br_x509_pkey *from)
{
    *to = *from;
    if (from->key_type == BR_KEYTYPE_RSA) {
        to->key.rsa.n = copy(from->key.rsa.n, from->key.rsa.nlen);
        to->key.rsa.e = copy(from->key.rsa.e, from->key.rsa.elen);
        return to->key.rsa.n != NULL && to->key.rsa.e != NULL;
    }
    to->key.ec.q = copy(from->key.ec.q, from->key.ec.qlen);
    return to->key.ec.q != NULL;
}

/* Adds the certificate that has just ended. */
static void add(struct reader *reader)
{
    br_x509_pkey *key = br_x509_decoder_get_pkey(&reader->x509);
    reader->found++;
    if (key == NULL || reader->dn_len == DN_MAX) {
        reader->unusable++;
        return;
    }
    if (reader->count == ROOTS_MAX) {
        complain("%s: has more than %d roots; leave out those that are not needed", reader->path, ROOTS_MAX);
        reader->failed = true;
        return;
    }
    br_x509_trust_anchor *anchor = &roots[reader->count];
    anchor->flags = br_x509_decoder_isCA(&reader->x509) ? BR_X509_TA_CA : 0;
    anchor->dn.data = copy(reader->dn, reader->dn_len);
    anchor->dn.len = reader->dn_len;
    if (anchor->dn.data != NULL && copy_key(&anchor->pkey, key)) {
        reader->count++;
    } else {
        complain("cannot read %s: %s", reader->path, strerror(ENOMEM));
        reader->failed = true;
    }
}

static void begin(struct reader *reader)
{
    const char *label = br_pem_decoder_name(&reader->pem);
    reader->private_key = reader->private_key || text_contains(label, "PRIVATE KEY");
    reader->certificate = strcmp(label, "CERTIFICATE") == 0 || strcmp(label, "X509 CERTIFICATE") == 0;
    if (reader->certificate) {
        reader->dn_len = 0;
        br_x509_decoder_init(&reader->x509, take_dn, reader);
        br_pem_decoder_setdest(&reader->pem, take_der, reader);
    } else {
        br_pem_decoder_setdest(&reader->pem, NULL, NULL);
    }
}

static void push(struct reader *reader, const char *data, size_t len)
{
    while (len > 0 && !reader->failed) {
        size_t n = br_pem_decoder_push(&reader->pem, data, len);
        data += n;
        len -= n;
        switch (br_pem_decoder_event(&reader->pem)) {
        case BR_PEM_BEGIN_OBJ:
            begin(reader);
            break;
        case BR_PEM_END_OBJ:
            if (reader->certificate) {
                add(reader);
            }
            reader->certificate = false;
            break;
        case BR_PEM_ERROR:
            complain("%s: certificate %u is broken PEM; copy the file again", reader->path,
                     reader->found + 1);
            reader->failed = true;
            break;
        default:
            break;
        }
    }
}

static void conclude(struct reader *reader)
{
    if (reader->failed) {
        return;
    }
    if (reader->certificate) {
        complain("%s: ends within certificate %u; copy the file again", reader->path, reader->found + 1);
    } else if (reader->found == 0) {
        complain("%s: has no certificate%s; --ca-file takes roots as PEM (-----BEGIN CERTIFICATE-----)",
                 reader->path, reader->private_key ? " but a private key" : "");
    } else if (reader->count == 0) {
        complain("%s: none of its %u certificates can be read, or none has an RSA or EC key", reader->path,
                 reader->found);
    } else if (reader->unusable > 0) {
        warn("%s: %u of its %u certificates cannot be read; they are not trusted", reader->path,
             reader->unusable, reader->found);
    }
}

/* Gives back what an earlier call made: `renew` reads the roots for each certificate. */
static void forget(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        br_x509_pkey *key = &roots[i].pkey;
        bool rsa = key->key_type == BR_KEYTYPE_RSA;
        free(roots[i].dn.data);
        free(rsa ? key->key.rsa.n : key->key.ec.q);
        free(rsa ? key->key.rsa.e : NULL);
    }
}

bool anchors_read(const char *path, struct wafer_anchors *anchors)
{
    static struct reader reader; /* too large for the stack of a small system */
    forget(reader.count);
    char data[512];
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    reader = (struct reader){.path = path};
    br_pem_decoder_init(&reader.pem);
    while (fd >= 0 && (n = read(fd, data, sizeof data)) > 0) {
        push(&reader, data, (size_t)n);
    }
    if (fd < 0 || n < 0) {
        complain("cannot read --ca-file %s: %s", path, strerror(errno));
        reader.failed = true;
    }
    if (fd >= 0) {
        close(fd);
    }
    push(&reader, "\n", 1); /* a last line without its end */
    conclude(&reader);
    anchors->list = roots;
    anchors->count = reader.count;
    return !reader.failed && reader.count > 0;
}
