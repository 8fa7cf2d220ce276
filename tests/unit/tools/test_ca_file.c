/* --ca-file: which certificates of a file are trusted, and what is said of bad files. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

/* The command is no library: its files come in as they are. */
#include "../../../tools/wafer/character.c"
#include "../../../tools/wafer/output.c"
#include "../../../tools/wafer/calendar.c"
#include "../../../tools/wafer/json.c"
#include "../../../tools/wafer/console.c"
#include "../../../tools/wafer/system_error.c"
#include "../../../tools/wafer/ca_file.c"

#define ROOT      "/usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt"
#define ROOTS     "/usr/share/ca-certificates/mozilla/*.crt"
#define TEXT_SIZE (512 * 1024)

static char path[] = "/tmp/wafer-test-XXXXXX"; /* the file */
static char text[TEXT_SIZE], said[400];
static struct wafer_anchors anchors;

static size_t add_file(size_t len, const char *from)
{
    int fd = open(from, O_RDONLY);
    ssize_t n = read(fd, text + len, TEXT_SIZE - len);
    assert_true(fd >= 0 && n > 0);
    close(fd);
    return len + (size_t)n;
}

static size_t add_text(size_t len, const char *more)
{
    memcpy(text + len, more, strlen(more));
    return len + strlen(more);
}

/* Reads a file with this content; what is said of it is in `said`. */
static bool read_content(size_t len)
{
    struct output saved = standard_error;
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len);
    close(fd);
    standard_error = output_to_memory(said, sizeof said);
    bool good = ca_file_read(path, &anchors);
    (void)output_string(&standard_error);
    standard_error = saved;
    return good;
}

static void assert_refused(size_t len, const char *why)
{
    assert_false(read_content(len));
    if (!text_contains(said, why) || !text_contains(said, path)) {
        fail_msg("%s: %s", why, said);
    }
}

/* All public roots: their octets are kept, the file is not. Reading again takes no more room. */
static void a_bundle(void **state)
{
    glob_t found;
    size_t len = 0;
    (void)state;
    assert_int_equal(glob(ROOTS, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        len = add_file(len, found.gl_pathv[i]);
    }
    for (int round = 0; round < 20; round++) {
        assert_true(read_content(len));
        assert_string_equal(said, "");
        assert_int_equal(anchors.count, found.gl_pathc);
    }
    for (size_t i = 0; i < anchors.count; i++) {
        const br_x509_trust_anchor *anchor = &anchors.list[i];
        assert_int_equal(anchor->dn.data[0], 0x30);
        assert_true(anchor->dn.data >= pool && anchor->dn.data + anchor->dn.len <= pool + POOL_SIZE);
        assert_true(anchor->pkey.key_type == BR_KEYTYPE_EC || anchor->pkey.key.rsa.n[0] != 0);
    }
    globfree(&found);
}

static void other_things_in_the_file(void **state)
{
    (void)state;
    size_t len =
        add_text(0, "# my root\n-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
    len = add_file(len, ROOT);
    assert_true(read_content(len));
    assert_string_equal(said, "");
    assert_int_equal(anchors.count, 1);
    assert_true(read_content(len - 1)); /* the last line has no end */
    len = add_text(len, "-----BEGIN X509 CERTIFICATE-----\nMAA=\n-----END X509 CERTIFICATE-----\n");
    assert_true(read_content(len));
    assert_true(text_contains(said, "1 of its 2 certificates cannot be read"));
    assert_int_equal(anchors.count, 1);
}

/* A certificate beyond any size is not trusted; those around it are. */
static void a_huge_certificate(void **state)
{
    (void)state;
    size_t len = add_text(add_file(0, ROOT), "-----BEGIN CERTIFICATE-----\n");
    memset(text + len, 'A', 4 * DER_MAX);
    len = add_text(len + 4 * DER_MAX, "\n-----END CERTIFICATE-----\n");
    len = add_file(len, ROOT);
    assert_true(read_content(len));
    assert_true(text_contains(said, "1 of its 3 certificates cannot be read"));
    assert_int_equal(anchors.count, 2);
}

static void bad_files(void **state)
{
    (void)state;
    assert_refused(0, "has no certificate;");
    assert_refused(add_text(0, "hello\n"), "has no certificate;");
    assert_refused(add_text(0, "-----BEGIN PRIVATE KEY-----\nAAAA\n"),
                   "has no certificate but a private key");
    assert_refused(add_text(0, "PPRIVATE PRIVATE KEY-----"), "but a private key");
    assert_refused(add_file(0, ROOT) - 100, "ends within certificate 1");
    assert_refused(add_file(0, ROOT) - 5, "ends within certificate 1");
    assert_refused(add_text(add_file(0, ROOT), "-----BEGIN CERT"), "ends within certificate 2");
    assert_refused(add_text(add_file(0, ROOT), "-----BEGIN CERTIFICATE-----\n!\n"),
                   "certificate 2 is broken PEM");
    assert_refused(add_text(0, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
                   "none of its 1 certificates can be read");
}

static void too_many_roots(void **state)
{
    size_t len = 0;
    (void)state;
    for (int i = 0; i <= ROOTS_MAX; i++) {
        len = add_file(len, "/usr/share/ca-certificates/mozilla/ISRG_Root_X2.crt");
    }
    assert_refused(len, "has more than 512 roots");
}

static void no_file(void **state)
{
    struct output saved = standard_error;
    (void)state;
    standard_error = output_to_memory(said, sizeof said);
    assert_false(ca_file_read("/nonexistent", &anchors));
    assert_string_equal(output_string(&standard_error),
                        "wafer: cannot read --ca-file /nonexistent: No such file or directory\n");
    standard_error = output_to_memory(said, sizeof said);
    assert_false(ca_file_read("/", &anchors));
    assert_string_equal(output_string(&standard_error), "wafer: cannot read --ca-file /: Is a directory\n");
    standard_error = saved;
}

static int make_file(void **state)
{
    int fd = mkstemp(path);
    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle),       cmocka_unit_test(other_things_in_the_file),
        cmocka_unit_test(bad_files),      cmocka_unit_test(a_huge_certificate),
        cmocka_unit_test(too_many_roots), cmocka_unit_test(no_file),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
