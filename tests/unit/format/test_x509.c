/* Reading certificates that openssl made. */
#define _DEFAULT_SOURCE /* timegm */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "format/x509.h"

static char folder[] = "/tmp/wafer-cert-XXXXXX";

/* make NAME SUBJECT DAYS EXTENSIONS...: a certificate issued by "ca" */
static const char script[] =
    "set -e; cd \"$1\"; exec >log 2>&1\n"
    "key() { openssl ecparam -name ${2:-prime256v1} -genkey -noout -out $1.key; }\n"
    "make() { name=$1 subject=$2 days=$3; shift 3; [ -f $name.key ] || key $name; printf '%s\\n' \"$@\" "
    ">ext\n"
    "  openssl req -new -utf8 -key $name.key -subj \"$subject\" -multivalue-rdn -out csr\n"
    "  openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -set_serial ${serial:-1} -days $days -extfile ext "
    "-outform DER -out $name.der; }\n"
    "AKI=authorityKeyIdentifier=keyid\n"
    "key ca; openssl req -x509 -new -key ca.key -days 9000 -subj '/O=Test/CN=The \"CA\" 1' -out ca.crt\n"
    "openssl x509 -in ca.crt -outform DER -out ca.der\n"
    "serial=0x8001020304050607080910111213 make full / 20000 $AKI"
    " 'subjectAltName=DNS:a.example,IP:192.0.2.1,DNS:*.B.example,IP:2001:db8::1,email:x@y.example,URI:https:/"
    "/u.example/'\n"
    "make bare '/CN=only a name' 10 basicConstraints=CA:FALSE subjectKeyIdentifier=none "
    "authorityKeyIdentifier=none\n"
    "make names '/CN=first/OU=x/CN=Zertifikat Ä€😀' 10 'subjectAltName=DNS:z'\n"
    "make plus '/O=x+CN=in a set' 10 'subjectAltName=critical,DNS:z' $AKI,issuer\n"
    "key p384 secp384r1; make p384 / 10 'subjectAltName=DNS:z'\n"
    "openssl genrsa -out rsa.key 2048; make rsa / 10 'subjectAltName=DNS:z'\n"
    "openssl req -new -key full.key -subj /CN=v1 -out csr; : >ext\n"
    "openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -set_serial 0 -days 10 -outform DER -out v1.der\n";

static int run(const char *text, char *out, size_t size)
{
    char command[4096];
    size_t n;
    FILE *pipe;

    snprintf(command, sizeof command, "cd %s && %s", folder, text);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    n = fread(out, 1, size - 1, pipe);
    out[n] = 0;
    assert_int_equal(pclose(pipe), 0);
    return (int)n;
}

static uint8_t der[4096];
static size_t der_len;

static void load(const char *name)
{
    char path[64];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s.der", folder, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    der_len = fread(der, 1, sizeof der, file);
    fclose(file);
    assert_true(der_len > 100);
}

static int64_t openssl_time(const char *name, const char *option)
{
    char command[128], text[128];
    struct tm tm = {0};

    snprintf(command, sizeof command, "openssl x509 -inform DER -in %s.der -noout -%s -dateopt iso_8601",
             name, option);
    run(command, text, sizeof text);
    assert_int_equal(sscanf(strchr(text, '=') + 1, "%d-%d-%d %d:%d:%dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                            &tm.tm_hour, &tm.tm_min, &tm.tm_sec),
                     6);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return timegm(&tm);
}

static void test_full(void **state)
{
    static const uint8_t v4[] = {192, 0, 2, 1}, v6[16] = {0x20, 1, 0x0d, 0xb8, [15] = 1};
    struct wafer_x509 cert;
    uint8_t point[WAFER_POINT_SIZE];
    char spki[512], text[128];
    int n;

    (void)state;
    load("full");
    assert_int_equal(wafer_x509_parse(&cert, der, der_len), 0);
    assert_int_equal(cert.not_before, openssl_time("full", "startdate"));
    assert_int_equal(cert.not_after, openssl_time("full", "enddate"));
    assert_true(cert.not_after > (int64_t)2524608000); /* past 2049: a GeneralizedTime */

    n = run("openssl pkey -in full.key -pubout -outform DER", spki, sizeof spki);
    assert_int_equal(cert.spki.len, n - 2); /* without tag and length */
    assert_memory_equal(cert.spki.data, spki + 2, cert.spki.len);
    assert_int_equal(wafer_x509_p256(&cert, point), 0);
    assert_memory_equal(point, spki + 26, sizeof point);

    assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_DNS, "a.example", 9), 1);
    assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_DNS, "A.eXample", 9), 1);
    assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_DNS, "*.b.example", 11), 1);
    assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_DNS, "c.b.example", 11), 0); /* not expanded */
    assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_DNS, "a.example.", 10), 0);
    assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_DNS, "a.exampl", 8), 0);
    assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_DNS, "", 0), 0);
    assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_DNS, "x@y.example", 11), 0);
    assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_IP, v4, 4), 1);
    assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_IP, v6, 16), 1);
    assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_IP, v6, 4), 0);
    assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_DNS, (const char *)v4, 4), 0);

    assert_int_equal(cert.subject.len, 0);
    assert_int_equal(wafer_x509_common_name(&cert.subject, text, sizeof text), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_x509_common_name(&cert.issuer, text, sizeof text), 10);
    assert_string_equal(text, "The \"CA\" 1");
}

static void test_links(void **state)
{
    struct wafer_x509 ca, leaf;
    uint8_t ca_der[2048];

    (void)state;
    load("ca");
    memcpy(ca_der, der, der_len);
    assert_int_equal(wafer_x509_parse(&ca, ca_der, der_len), 0);
    load("full");
    assert_int_equal(wafer_x509_parse(&leaf, der, der_len), 0);
    assert_int_equal(ca.subject.len, leaf.issuer.len);
    assert_memory_equal(ca.subject.data, leaf.issuer.data, ca.subject.len);
    assert_int_equal(ca.subject.data[0], 0x31);
    assert_memory_equal(ca.subject.data, ca.issuer.data, ca.subject.len);
}

static void test_without_extensions(void **state)
{
    static const char *const names[] = {"bare", "v1"};
    struct wafer_x509 cert;
    uint8_t address[4] = {0};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        load(names[i]);
        assert_int_equal(wafer_x509_parse(&cert, der, der_len), 0);
        assert_int_equal(cert.san.len, 0);
        assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_DNS, "only a name", 11), 0);
        assert_int_equal(wafer_x509_has_name(&cert, WAFER_X509_IP, address, 4), 0);
        assert_int_equal(cert.not_after - cert.not_before, 10 * 86400);
    }
}

static void test_other_keys(void **state)
{
    static const char *const names[] = {"p384", "rsa"};
    struct wafer_x509 cert;
    uint8_t point[WAFER_POINT_SIZE];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        load(names[i]);
        assert_int_equal(wafer_x509_parse(&cert, der, der_len), 0);
        assert_int_equal(wafer_x509_p256(&cert, point), WAFER_E_NOT_FOUND);
    }
    load("full");
    assert_int_equal(wafer_x509_parse(&cert, der, der_len), 0);
    der[cert.spki.data - der + 24] = 0x02; /* compressed form */
    assert_int_equal(wafer_x509_p256(&cert, point), WAFER_E_NOT_FOUND);
}

static void assert_common_name(const char *name, const char *expected)
{
    struct wafer_x509 cert;
    size_t len = strlen(expected);
    char *text = malloc(len + 1);

    load(name);
    assert_int_equal(wafer_x509_parse(&cert, der, der_len), 0);
    for (size_t size = 0; size <= len; size++) {
        assert_int_equal(wafer_x509_common_name(&cert.subject, text, size), WAFER_E_SPACE);
    }
    assert_int_equal(wafer_x509_common_name(&cert.subject, text, len + 1), len);
    assert_string_equal(text, expected);
    free(text);
}

static void test_common_names(void **state)
{
    (void)state;
    assert_common_name("bare", "only a name");
    assert_common_name("plus", "in a set");
    assert_common_name("names", "Zertifikat \xc3\x84\xe2\x82\xac\xf0\x9f\x98\x80");
}

/* Names by hand: what no openssl writes. */
static void test_hostile_common_names(void **state)
{
    static const struct {
        uint8_t tag;
        const char *octets, *expected;
    } cases[] = {{0x0c, "ok", "ok"},
                 {0x13, "a\x01\x1b[0m\x7f", "a??[0m?"},
                 {0x13, "\xc3\x84", "??"}, /* PrintableString has no UTF-8 */
                 {0x0c, "\xc3", "?"},      /* cut */
                 {0x0c, "\xe2\x82z", "??z"},
                 {0x0c, "\xc2\x9b\x33", "??3"},                /* C1 control: CSI */
                 {0x0c, "\xc0\xaf\xe0\x80\xaf", "?????"},      /* overlong */
                 {0x0c, "\xed\xa0\x80", "???"},                /* surrogate */
                 {0x0c, "\xf4\x90\x80\x80\xf5\xff", "??????"}, /* above U+10FFFF */
                 {0x0c, "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
                 {0x1e,
                  "\x01"
                  "A",
                  "?A"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wafer_der_writer w;
        struct wafer_der name;
        uint8_t memory[64];
        char text[32];

        wafer_der_begin(&w, memory, sizeof memory);
        wafer_der_primitive(&w, cases[i].tag, cases[i].octets, strlen(cases[i].octets));
        wafer_der_primitive(&w, WAFER_DER_OID, "\x55\x04\x03", 3);
        wafer_der_wrap(&w, WAFER_DER_SEQUENCE, sizeof memory);
        wafer_der_wrap(&w, WAFER_DER_SET, sizeof memory);
        name.data = memory;
        name.len = (size_t)wafer_der_end(&w);
        assert_int_equal(wafer_x509_common_name(&name, text, sizeof text), strlen(cases[i].expected));
        assert_string_equal(text, cases[i].expected);
    }
}

/* Asks everything of a certificate; under a sanitizer nothing may be read outside. */
static int use_all(const uint8_t *data, size_t len)
{
    struct wafer_x509 cert;
    uint8_t point[WAFER_POINT_SIZE], address[16] = {0};
    char text[40];
    int result = wafer_x509_parse(&cert, data, len);
    int sum = 0;

    if (result != 0) {
        assert_int_equal(result, WAFER_E_SYNTAX);
        return result;
    }
    sum += wafer_x509_p256(&cert, point);
    sum += wafer_x509_has_name(&cert, WAFER_X509_DNS, "a.example", 9);
    sum += wafer_x509_has_name(&cert, WAFER_X509_IP, address, 4);
    sum += wafer_x509_common_name(&cert.subject, text, sizeof text);
    sum += wafer_x509_common_name(&cert.issuer, text, sizeof text);
    return sum & 0;
}

static void test_cut(void **state)
{
    static const char *const names[] = {"full", "names", "plus", "v1"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        load(names[i]);
        for (size_t len = 0; len < der_len; len++) {
            uint8_t *copy = malloc(len);

            memcpy(copy, der, len);
            assert_int_equal(use_all(copy, len), WAFER_E_SYNTAX);
            free(copy);
        }
        der[der_len] = 0; /* something behind it */
        assert_int_equal(use_all(der, der_len + 1), WAFER_E_SYNTAX);
        assert_int_equal(use_all(der, der_len), 0);
    }
}

static void test_flipped(void **state)
{
    static const char *const names[] = {"full", "names", "plus", "v1"};
    unsigned refused = 0;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint8_t *copy;

        load(names[i]);
        copy = malloc(der_len);
        for (size_t at = 0; at < der_len; at++) {
            for (unsigned bit = 1; bit <= 256; bit *= 2) { /* each bit, and all of them */
                memcpy(copy, der, der_len);
                copy[at] ^= (uint8_t)(bit < 256 ? bit : 255);
                refused += use_all(copy, der_len) != 0;
            }
        }
        free(copy);
    }
    assert_true(refused > 500);
}

/* The same extension twice (RFC 5280 4.2). */
static void test_repeated_extension(void **state)
{
    static const uint8_t san_z[] = {0x30, 0x0c, 0x06, 0x03, 0x55, 0x1d, 0x11,
                                    0x04, 0x05, 0x30, 0x03, 0x82, 0x01, 'z'};
    struct wafer_x509 cert;

    (void)state;
    for (int times = 1; times <= 2; times++) {
        struct wafer_der_writer w;
        struct wafer_der in, whole, tbs;
        uint8_t out[1024];
        size_t mark;
        int len;

        load("bare");
        in = (struct wafer_der){der, der_len};
        assert_int_equal(wafer_der_expect(&in, WAFER_DER_SEQUENCE, &whole), 0);
        in = whole;
        assert_int_equal(wafer_der_expect(&in, WAFER_DER_SEQUENCE, &tbs), 0);
        assert_int_equal(wafer_x509_parse(&cert, der, der_len), 0);

        wafer_der_begin(&w, out, sizeof out);
        wafer_der_raw(&w, in.data, in.len); /* algorithm and signature */
        mark = w.pos;
        for (int i = 0; i < times; i++) {
            wafer_der_raw(&w, san_z, sizeof san_z);
        }
        wafer_der_wrap(&w, WAFER_DER_SEQUENCE, mark);
        wafer_der_wrap(&w, WAFER_DER_CONTEXT_CONSTRUCTED(3), mark);
        wafer_der_raw(&w, tbs.data, (size_t)(cert.spki.data + cert.spki.len - tbs.data));
        wafer_der_wrap(&w, WAFER_DER_SEQUENCE, mark);
        wafer_der_wrap(&w, WAFER_DER_SEQUENCE, sizeof out);
        len = wafer_der_end(&w);
        assert_true(len > 0);
        assert_int_equal(wafer_x509_parse(&cert, out, (size_t)len), times == 1 ? 0 : WAFER_E_SYNTAX);
    }
}

static int group_setup(void **state)
{
    char text[4096] = "";

    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    if (setenv("WAFER_TEST_FOLDER", folder, 1) != 0 || setenv("WAFER_TEST_SCRIPT", script, 1) != 0 ||
        system("sh -c \"$WAFER_TEST_SCRIPT\" sh \"$WAFER_TEST_FOLDER\"") != 0) {
        run("cat log", text, sizeof text);
        print_error("%s", text);
        return -1;
    }
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    return system("rm -r \"$WAFER_TEST_FOLDER\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_full),
                                       cmocka_unit_test(test_links),
                                       cmocka_unit_test(test_without_extensions),
                                       cmocka_unit_test(test_other_keys),
                                       cmocka_unit_test(test_common_names),
                                       cmocka_unit_test(test_hostile_common_names),
                                       cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_flipped),
                                       cmocka_unit_test(test_repeated_extension)};

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
