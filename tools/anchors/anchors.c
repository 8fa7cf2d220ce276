/* anchors: certificates in PEM -> a C table of trust anchors for wafer.
 *
 *   anchors [-n NAME] [-o FILE] [-d DIR -l LIST] [PEM...]
 *
 * The table is `const struct wafer_anchors NAME`, wafer_public_anchors when not
 * named. LIST names one certificate a line: the SHA-256 fingerprint that it must
 * have, and its file in DIR; # begins a comment. Anything unexpected is an error,
 * and FILE is not written then. */
#include <bearssl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wafer/anchors.h"

#define FINGERPRINT_HEX (2 * br_sha256_SIZE)

struct bytes {
    unsigned char *data;
    size_t len, room;
};

struct anchors {
    FILE *out;
    size_t count;
    struct bytes entries; /* initialisers of the table, text */
};

static void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("anchors: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static void append(void *ctx, const void *data, size_t len)
{
    struct bytes *bytes = ctx;
    if (bytes->room - bytes->len < len) {
        bytes->room = 2 * (bytes->len + len);
        bytes->data = realloc(bytes->data, bytes->room);
        if (bytes->data == NULL) {
            fail("out of memory");
        }
    }
    if (len > 0) {
        memcpy(bytes->data + bytes->len, data, len);
    }
    bytes->len += len;
}

static void append_text(struct bytes *bytes, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof text) {
        fail("name too long");
    }
    append(bytes, text, (size_t)len);
}

static struct bytes read_file(const char *path)
{
    struct bytes bytes = {0};
    unsigned char part[4096];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail("%s: %s", path, strerror(errno));
    }
    for (size_t n; (n = fread(part, 1, sizeof part, file)) > 0;) {
        append(&bytes, part, n);
    }
    if (ferror(file)) {
        fail("%s: cannot be read", path);
    }
    fclose(file);
    return bytes;
}

static void print_array(struct anchors *a, const char *what, const unsigned char *data, size_t len)
{
    fprintf(a->out, "static const unsigned char %s_%zu[] = {", what, a->count);
    for (size_t i = 0; i < len; i++) {
        fprintf(a->out, "%s0x%02x,", i % 16 == 0 ? "\n    " : " ", data[i]);
    }
    fputs("\n};\n", a->out);
}

static void fingerprint(char *hex, const struct bytes *der)
{
    unsigned char hash[br_sha256_SIZE];
    br_sha256_context sha;
    br_sha256_init(&sha);
    br_sha256_update(&sha, der->data, der->len);
    br_sha256_out(&sha, hash);
    for (size_t i = 0; i < sizeof hash; i++) {
        sprintf(hex + 2 * i, "%02x", hash[i]);
    }
}

static void add_key(struct anchors *a, const br_x509_pkey *key)
{
    size_t n = a->count;
    if (key->key_type == BR_KEYTYPE_RSA) {
        print_array(a, "n", key->key.rsa.n, key->key.rsa.nlen);
        print_array(a, "e", key->key.rsa.e, key->key.rsa.elen);
        append_text(&a->entries,
                    "BR_KEYTYPE_RSA, {.rsa = {(u8 *)n_%zu, sizeof n_%zu, (u8 *)e_%zu, sizeof e_%zu}}", n, n,
                    n, n);
    } else {
        print_array(a, "q", key->key.ec.q, key->key.ec.qlen);
        append_text(&a->entries, "BR_KEYTYPE_EC, {.ec = {%d, (u8 *)q_%zu, sizeof q_%zu}}", key->key.ec.curve,
                    n, n);
    }
}

/* The file's name without its folders, fit for a comment. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash == NULL ? path : slash + 1;
    for (const char *c = base; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == '*' || *c == '\\') {
            fail("%s: odd character in the file name", path);
        }
    }
    return base;
}

static void add_certificate(struct anchors *a, const char *path, const struct bytes *der)
{
    br_x509_trust_anchor anchor;
    char hex[FINGERPRINT_HEX + 1];

    int rc = wafer_anchor_from_der(&anchor, der->data, der->len);
    if (rc == WAFER_E_KEY) {
        fail("%s: the key is neither RSA nor on P-256 or P-384", path);
    }
    if (rc < 0) {
        fail("%s: not an X.509 certificate", path);
    }
    if (anchor.flags == 0) {
        fail("%s: not the certificate of a CA, or its RSA key has less than 2048 bits", path);
    }
    fingerprint(hex, der);
    fprintf(a->out, "\n/* %s, SHA-256 %s */\n", base_name(path), hex);
    print_array(a, "name", anchor.dn.data, anchor.dn.len);
    append_text(&a->entries, "    {{(u8 *)name_%zu, sizeof name_%zu}, BR_X509_TA_CA, {", a->count, a->count);
    add_key(a, &anchor.pkey);
    append_text(&a->entries, "}},\n");
    a->count++;
}

/* A PEM file while it is read. */
struct source {
    const char *path, *wanted; /* the fingerprint in hex, in lower case, or NULL */
    struct bytes der;          /* of the block at hand */
    bool open;                 /* inside a block */
    bool certificate;          /* which is one */
    int found;
};

static void end_certificate(struct anchors *a, struct source *source)
{
    char hex[FINGERPRINT_HEX + 1];
    fingerprint(hex, &source->der);
    if (source->wanted != NULL && strcmp(hex, source->wanted) != 0) {
        fail("%s: its SHA-256 fingerprint is %s, not the pinned %s", source->path, hex, source->wanted);
    }
    add_certificate(a, source->path, &source->der);
    source->found++;
}

static void take_event(struct anchors *a, struct source *source, br_pem_decoder_context *pem)
{
    switch (br_pem_decoder_event(pem)) {
    case BR_PEM_BEGIN_OBJ:
        source->open = true;
        source->certificate = strcmp(br_pem_decoder_name(pem), "CERTIFICATE") == 0;
        source->der.len = 0;
        br_pem_decoder_setdest(pem, append, &source->der);
        break;
    case BR_PEM_END_OBJ:
        source->open = false;
        if (source->certificate) {
            end_certificate(a, source);
        }
        break;
    case BR_PEM_ERROR:
        fail("%s: damaged PEM", source->path);
        break;
    default:
        break;
    }
}

/* Adds every certificate of a PEM file, which must be `wanted` (hex, in lower
 * case) if that is not NULL. */
static void add_file(struct anchors *a, const char *path, const char *wanted)
{
    struct bytes file = read_file(path);
    struct source source = {.path = path, .wanted = wanted};
    br_pem_decoder_context pem;

    append(&file, "\n", 1); /* the last line may lack it */
    br_pem_decoder_init(&pem);
    for (size_t used = 0; used < file.len;) {
        used += br_pem_decoder_push(&pem, file.data + used, file.len - used);
        take_event(a, &source, &pem);
    }
    if (source.open) {
        fail("%s: PEM cut short", path);
    }
    if (source.found == 0) {
        fail("%s: no certificate in PEM", path);
    }
    if (wanted != NULL && source.found > 1) {
        fail("%s: %d certificates, expected one", path, source.found);
    }
    free(file.data);
    free(source.der.data);
}

/* One line of a list: a fingerprint and a file; nothing, or a comment. */
static void add_line(struct anchors *a, char *line, const char *dir, const char *where)
{
    struct bytes path = {0};
    line[strcspn(line, "#")] = '\0';
    char *wanted = strtok(line, " \t\r"), *file = strtok(NULL, " \t\r");
    if (wanted == NULL) {
        return;
    }
    if (strlen(wanted) != FINGERPRINT_HEX || strspn(wanted, "0123456789abcdef") != FINGERPRINT_HEX ||
        file == NULL || strtok(NULL, " \t\r") != NULL) {
        fail("%s: expected a SHA-256 fingerprint in lower-case hex and a file name", where);
    }
    append_text(&path, "%s/%s", dir, file);
    append(&path, "", 1);
    add_file(a, (char *)path.data, wanted);
    free(path.data);
}

static void add_list(struct anchors *a, const char *list, const char *dir)
{
    struct bytes text = read_file(list);
    int number = 0;
    append(&text, "", 1);
    for (char *line = (char *)text.data, *end; line != NULL; line = end) {
        struct bytes where = {0};
        end = strchr(line, '\n');
        if (end != NULL) {
            *end++ = '\0';
        }
        append_text(&where, "%s:%d", list, ++number);
        append(&where, "", 1);
        add_line(a, line, dir, (const char *)where.data);
        free(where.data);
    }
    free(text.data);
}

static void copy_out(FILE *from, const char *path)
{
    FILE *to = path == NULL ? stdout : fopen(path, "wb");
    if (to == NULL) {
        fail("%s: %s", path, strerror(errno));
    }
    rewind(from);
    for (int c; (c = getc(from)) != EOF;) {
        putc(c, to);
    }
    if (ferror(from) || ferror(to) || fclose(to) != 0) {
        fail("%s: cannot be written", path == NULL ? "output" : path);
    }
}

struct settings {
    const char *table, *out, *list, *dir;
};

/* The option's value, or NULL when there is no such option. */
static const char **find_option(struct settings *settings, const char *option)
{
    struct {
        const char *name, **value;
    } options[] = {
        {"-n", &settings->table}, {"-o", &settings->out}, {"-l", &settings->list}, {"-d", &settings->dir}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (strcmp(options[i].name, option) == 0) {
            return options[i].value;
        }
    }
    return NULL;
}

/* Returns where the PEM files begin. */
static int read_arguments(struct settings *settings, int argc, char **argv)
{
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        const char **value = find_option(settings, argv[i]);
        if (value == NULL) {
            fail("unknown option %s", argv[i]);
        }
        *value = argv[i + 1];
    }
    bool has_list = settings->list != NULL, has_dir = settings->dir != NULL;
    if (has_list != has_dir || (!has_list && i == argc) || (i < argc && argv[i][0] == '-')) {
        fail("usage: anchors [-n NAME] [-o FILE] [-d DIR -l LIST] [PEM...]");
    }
    return i;
}

int main(int argc, char **argv)
{
    struct settings settings = {.table = "wafer_public_anchors"};
    int first = read_arguments(&settings, argc, argv);
    struct anchors a = {.out = tmpfile()};
    if (a.out == NULL) {
        fail("no temporary file: %s", strerror(errno));
    }
    fprintf(a.out,
            "/* Trust anchors, made by tools/anchors: do not edit. */\n#include \"wafer/anchors.h\"\n\n"
            "typedef unsigned char u8; /* BearSSL's pointers lack const, but it only reads */\n"
            "extern const struct wafer_anchors %s;\n",
            settings.table);
    if (settings.list != NULL) {
        add_list(&a, settings.list, settings.dir);
    }
    for (int i = first; i < argc; i++) {
        add_file(&a, argv[i], NULL);
    }
    fprintf(a.out,
            "\nstatic const br_x509_trust_anchor list[] = {\n%.*s};\n\n"
            "const struct wafer_anchors %s = {list, sizeof list / sizeof list[0]};\n",
            (int)a.entries.len, (const char *)a.entries.data, settings.table);
    copy_out(a.out, settings.out);
    fclose(a.out);
    free(a.entries.data);
    return 0;
}
