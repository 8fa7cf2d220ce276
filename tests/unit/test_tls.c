/* The TLS client against `openssl s_server` on loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "clock.h"
#include "drbg.h"
#include "port_posix.h"
#include "tls.h"

/* Times that the certificates are made for, far from today's. */
#define T_2030 1893456000
#define T_2031 1924992000
#define T_2032 1956528000

/* --- certificates ------------------------------------------------------------------ */

/* $1: folder. Roots ec, p384, rsa; an intermediate of ec; leaves NAME.crt/.key.
 * leaf NAME ISSUER KEY SAN DIGEST NOTBEFORE */
static const char pki_script[] =
    "set -e; cd \"$1\"; exec >log 2>&1\n"
    "cat >base.cnf <<'END'\n"
    "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=x\n"
    "[issue]\ndatabase=index\nrand_serial=yes\nserial=serial\nnew_certs_dir=.\nunique_subject=no\npolicy=policy\n[policy]\ncommonName=supplied\n"
    "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n[notca]\nbasicConstraints=critical,CA:FALSE\n"
    "[leaf]\nkeyUsage=digitalSignature\n"
    "END\n"
    "A=20300101000000Z; B=20320101000000Z\n"
    "new_key() { case $1 in rsa) openssl genrsa -out $2 2048;; *) openssl ecparam -name $1 -genkey -noout -out $2;; esac; }\n"
    "root() { new_key $2 $1.key; cp base.cnf cnf\n"
    "  openssl req -x509 -new -key $1.key -sha256 -days 20000 -subj \"/CN=root $1\" -config cnf -extensions ca -out $1.crt\n"
    "  openssl x509 -in $1.crt -outform DER -out $1.der; }\n"
    "issue() { : >index; openssl req -new -key $1.key -subj \"/CN=$1\" -config cnf -out $1.csr\n"
    "  openssl ca -batch -notext -name issue -config cnf -cert $2.crt -keyfile $2.key -in $1.csr"
    "  -extensions $3 -startdate $4 -enddate $B -md ${5:-sha256} -out $1.crt; }\n"
    "leaf() { new_key $3 $1.key; { cat base.cnf; [ -z \"$4\" ] || echo \"subjectAltName=$4\"; } >cnf; issue $1 $2 leaf ${6:-$A} $5; }\n"
    "root ec prime256v1; root p384 secp384r1; root rsa rsa\n"
    "for i in inter notca; do new_key prime256v1 $i.key; done\n"
    "issue inter ec ca $A; issue notca ec notca $A\n"
    "leaf good inter prime256v1 DNS:other.example,DNS:ca.example\n"
    "leaf ecdirect ec prime256v1 DNS:ca.example\n"
    "leaf p384leaf p384 secp384r1 DNS:ca.example sha384\n"
    "leaf rsaleaf rsa rsa DNS:ca.example\n"
    "leaf ip ec prime256v1 IP:127.0.0.1,IP:::1\n"
    "leaf ipasdns ec prime256v1 DNS:127.0.0.1\n"
    "leaf wild ec prime256v1 DNS:*.example\n"
    "leaf nosan ec prime256v1 ''\n"
    "leaf bychild notca prime256v1 DNS:ca.example\n"
    "leaf later inter prime256v1 DNS:ca.example,IP:127.0.0.1 sha256 20310601000000Z\n"
    "new_key prime256v1 self.key; openssl req -x509 -new -key self.key -days 20000 -subj /CN=ca.example"
    "  -addext subjectAltName=DNS:ca.example -config cnf -out self.crt\n";

static char folder[] = "/tmp/wafer-tls-XXXXXX";

static int run_shell(const char *script, const char *argument)
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        execlp("sh", "sh", "-c", script, "sh", argument, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return status;
}

static void append_dn(void *ctx, const void *data, size_t len)
{
    br_x500_name *dn = ctx;

    dn->data = realloc(dn->data, dn->len + len);
    memcpy(dn->data + dn->len, data, len);
    dn->len += len;
}

static uint8_t *copy_of(const uint8_t *data, size_t len)
{
    return memcpy(malloc(len), data, len);
}

static void load_anchor(br_x509_trust_anchor *anchor, const char *name)
{
    br_x509_decoder_context decoder;
    uint8_t der[2048];
    char path[64];
    FILE *file;
    size_t len;

    snprintf(path, sizeof path, "%s/%s.der", folder, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    len = fread(der, 1, sizeof der, file);
    fclose(file);
    memset(anchor, 0, sizeof *anchor);
    br_x509_decoder_init(&decoder, append_dn, &anchor->dn);
    br_x509_decoder_push(&decoder, der, len);
    assert_int_equal(br_x509_decoder_last_error(&decoder), 0);
    anchor->flags = BR_X509_TA_CA;
    anchor->pkey = *br_x509_decoder_get_pkey(&decoder);
    if (anchor->pkey.key_type == BR_KEYTYPE_RSA) {
        anchor->pkey.key.rsa.n = copy_of(anchor->pkey.key.rsa.n, anchor->pkey.key.rsa.nlen);
        anchor->pkey.key.rsa.e = copy_of(anchor->pkey.key.rsa.e, anchor->pkey.key.rsa.elen);
    } else {
        anchor->pkey.key.ec.q = copy_of(anchor->pkey.key.ec.q, anchor->pkey.key.ec.qlen);
    }
}

static br_x509_trust_anchor anchor_list[3];
static const struct wafer_anchors anchors = {anchor_list, 3};

static void free_anchors(void)
{
    for (size_t i = 0; i < 3; i++) {
        free(anchor_list[i].dn.data);
        if (anchor_list[i].pkey.key_type == BR_KEYTYPE_RSA) {
            free(anchor_list[i].pkey.key.rsa.n);
            free(anchor_list[i].pkey.key.rsa.e);
        } else {
            free(anchor_list[i].pkey.key.ec.q);
        }
    }
}

/* --- the server -------------------------------------------------------------------- */

static pid_t server;
static uint16_t server_port;

static int try_connect(bool v6, uint16_t port)
{
    struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    int result;

    a4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    result = v6 ? connect(fd, (struct sockaddr *)&a6, sizeof a6) : connect(fd, (struct sockaddr *)&a4, sizeof a4);
    close(fd);
    return result;
}

static int listener(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void stop_server(void)
{
    if (server > 0) {
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
    server = 0;
}

/* Starts `openssl s_server` with a leaf; `options` are more of its options. */
static void start_server(const char *leaf, const char *address, const char *options)
{
    char command[512], chain[40] = "";
    bool v6 = strchr(address, '[') != NULL;

    stop_server();
    close(listener(&server_port));
    if (strcmp(leaf, "good") == 0 || strcmp(leaf, "later") == 0) {
        snprintf(chain, sizeof chain, "-cert_chain inter.crt");
    } else if (strcmp(leaf, "bychild") == 0) {
        snprintf(chain, sizeof chain, "-cert_chain notca.crt");
    }
    snprintf(command, sizeof command,
             "exec openssl s_server -accept %s:%u -cert %s.crt -key %s.key %s -tls1_2 %s", address,
             (unsigned)server_port, leaf, leaf, chain, options);
    server = fork();
    assert_true(server >= 0);
    if (server == 0) {
        int null = open("/dev/null", O_RDWR);
        if (chdir(folder) == 0 && null >= 0 && dup2(null, 0) >= 0 && dup2(null, 1) >= 0 && dup2(null, 2) >= 0) {
            execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        }
        _exit(127);
    }
    for (int i = 0; i < 500 && try_connect(v6, server_port) != 0; i++) {
        nanosleep(&(struct timespec){0, 10000000}, NULL);
        assert_int_equal(waitpid(server, NULL, WNOHANG), 0);
    }
}

/* --- a port that the tests can bend ------------------------------------------------ */

static struct wafer_posix posix;
static struct wafer_port real;

static struct {
    const char *connect_to; /* whatever the host is; NULL: the host */
    size_t most;            /* octets for one read or write */
    int64_t wall;
    bool silent;            /* no octet ever comes: time just passes */
    uint32_t ahead_ms;
    unsigned idle_calls, cancel_at, writes, reads, connects, closes;
    uint8_t hello[1024];    /* what was written first */
    size_t hello_len;
    int write_error;        /* once, instead of writing */
} bend;

static int bent_connect(void *ctx, const char *host, uint16_t port, uint32_t timeout_ms)
{
    bend.connects++;
    bend.hello_len = 0;
    return real.connect(ctx, bend.connect_to ? bend.connect_to : host, port, timeout_ms);
}

static int bent_read(void *ctx, int handle, uint8_t *data, size_t len, uint32_t timeout_ms)
{
    assert_true(len > 0);
    assert_in_range(timeout_ms, 1, 1000);
    bend.reads++;
    if (bend.silent) {
        bend.ahead_ms += timeout_ms;
        return WAFER_E_TIMEOUT;
    }
    return real.read(ctx, handle, data, bend.most > 0 && len > bend.most ? bend.most : len, timeout_ms);
}

static int bent_write(void *ctx, int handle, const uint8_t *data, size_t len, uint32_t timeout_ms)
{
    assert_true(len > 0);
    bend.writes++;
    if (bend.write_error != 0) {
        return bend.write_error;
    }
    if (bend.hello_len + len <= sizeof bend.hello) {
        memcpy(bend.hello + bend.hello_len, data, len);
        bend.hello_len += len;
    }
    return real.write(ctx, handle, data, bend.most > 0 && len > bend.most ? bend.most : len, timeout_ms);
}

static void bent_close(void *ctx, int handle)
{
    bend.closes++;
    real.close(ctx, handle);
}

static uint32_t bent_monotonic_ms(void *ctx)
{
    return real.monotonic_ms(ctx) + bend.ahead_ms;
}

static int64_t bent_wall_time(void *ctx)
{
    (void)ctx;
    return bend.wall;
}

static int bent_idle(void *ctx)
{
    (void)ctx;
    bend.idle_calls++;
    return bend.cancel_at != 0 && bend.idle_calls >= bend.cancel_at ? WAFER_E_CANCELLED : 0;
}

/* --- the client -------------------------------------------------------------------- */

static struct wafer_port port;
static struct wafer_clock wafer_time;
static br_hmac_drbg_context drbg;
static uint8_t scratch[2048];
static struct wafer_tls tls;
static struct wafer_tls_params params;

static int setup(void **state)
{
    (void)state;
    memset(&bend, 0, sizeof bend);
    bend.connect_to = "127.0.0.1";
    bend.wall = T_2031;
    port = real;
    port.connect = bent_connect;
    port.read = bent_read;
    port.write = bent_write;
    port.close = bent_close;
    port.monotonic_ms = bent_monotonic_ms;
    port.wall_time = bent_wall_time;
    port.idle = bent_idle;
    wafer_clock_init(&wafer_time, &port);
    wafer_clock_raise(&wafer_time, T_2030);
    assert_int_equal(wafer_drbg_init(&drbg, &port), 0);
    params = (struct wafer_tls_params){&port, &anchors, &drbg, &wafer_time, scratch, sizeof scratch};
    memset(&tls, 0xa5, sizeof tls); /* init must not rely on zeros */
    wafer_tls_init(&tls);
    assert_false(wafer_tls_is_open(&tls));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    wafer_tls_close(&tls);
    assert_false(wafer_tls_is_open(&tls));
    stop_server();
    return 0;
}

static int connect_to(const char *host, bool resume)
{
    return wafer_tls_connect(&tls, &params, host, server_port, resume);
}

/* Sends a line to `s_server -rev` and reads it back reversed. */
static void assert_talks(const char *line, const char *reversed)
{
    char got[256];
    size_t have = 0;

    assert_true(wafer_tls_is_open(&tls));
    assert_int_equal(wafer_tls_write(&tls, line, strlen(line)), 0);
    assert_int_equal(wafer_tls_flush(&tls), 0);
    while (have < strlen(reversed)) {
        const uint8_t *data;
        bool proper;
        int len = wafer_tls_read(&tls, &data, &proper);

        assert_true(len > 0 && (size_t)len < sizeof got - have);
        got[have++] = (char)data[0]; /* octet by octet: what is left is shown again */
        wafer_tls_consume(&tls, 1);
    }
    got[have] = 0;
    assert_string_equal(got, reversed);
}

/* --- tests ------------------------------------------------------------------------- */

static void test_chains(void **state)
{
    static const char *const leaves[] = {"good", "ecdirect", "p384leaf", "rsaleaf"};

    (void)state;
    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
        start_server(leaves[i], "127.0.0.1", "-rev");
        assert_int_equal(connect_to("ca.example", false), 0);
        assert_int_equal(tls.engine_error, 0);
        assert_talks("hello\n", "olleh\n");
        wafer_tls_close(&tls);
        assert_int_equal(connect_to("CA.Example", false), 0);
        wafer_tls_close(&tls);
    }
}

static void test_suites(void **state)
{
    static const struct {
        const char *leaf, *options;
    } cases[] = {
        {"good", "-rev -cipher ECDHE-ECDSA-CHACHA20-POLY1305"},
        {"good", "-rev -cipher ECDHE-ECDSA-AES128-GCM-SHA256"},
        {"good", "-rev -cipher ECDHE-ECDSA-AES256-GCM-SHA384"},
        {"rsaleaf", "-rev -cipher ECDHE-RSA-CHACHA20-POLY1305"},
        {"rsaleaf", "-rev -cipher ECDHE-RSA-AES128-GCM-SHA256"},
        {"rsaleaf", "-rev -cipher ECDHE-RSA-AES256-GCM-SHA384"},
        {"good", "-rev -groups P-256"},
        {"good", "-rev -groups P-384"},
        {"rsaleaf", "-rev -groups P-384 -sigalgs RSA+SHA384"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start_server(cases[i].leaf, "127.0.0.1", cases[i].options);
        assert_int_equal(connect_to("ca.example", false), 0);
        assert_talks("abc\n", "cba\n");
    }
}

static void test_no_common_suite(void **state)
{
    static const char *const options[] = {"-rev -cipher ECDHE-ECDSA-AES128-SHA256", "-rev -groups X25519"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        start_server("good", "127.0.0.1", options[i]);
        assert_int_equal(connect_to("ca.example", false), WAFER_E_TLS);
        assert_int_equal(tls.engine_error, BR_ERR_RECV_FATAL_ALERT + 40); /* handshake_failure */
        assert_false(wafer_tls_is_open(&tls));
    }
}

static void test_refused_certificates(void **state)
{
    static const struct {
        const char *leaf, *host;
        int64_t now;
        int error, engine;
    } cases[] = {
        {"good", "wrong.example", T_2031, WAFER_E_WRONG_NAME, BR_ERR_X509_BAD_SERVER_NAME},
        {"good", "xca.example", T_2031, WAFER_E_WRONG_NAME, BR_ERR_X509_BAD_SERVER_NAME},
        {"good", "example", T_2031, WAFER_E_WRONG_NAME, BR_ERR_X509_BAD_SERVER_NAME},
        {"wild", "ca.example", T_2031, 0, 0},
        {"wild", "a.ca.example", T_2031, WAFER_E_WRONG_NAME, BR_ERR_X509_BAD_SERVER_NAME},
        {"nosan", "ca.example", T_2031, WAFER_E_WRONG_NAME, BR_ERR_X509_BAD_SERVER_NAME},
        {"good", "ca.example", T_2032 + 1, WAFER_E_CERT_TIME, BR_ERR_X509_EXPIRED},
        {"good", "ca.example", T_2032, 0, 0},
        {"later", "ca.example", T_2031, WAFER_E_CERT_TIME, BR_ERR_X509_EXPIRED},
        {"self", "ca.example", T_2031, WAFER_E_UNTRUSTED, BR_ERR_X509_NOT_TRUSTED},
        {"bychild", "ca.example", T_2031, WAFER_E_UNTRUSTED, BR_ERR_X509_NOT_CA}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int error;

        bend.wall = cases[i].now;
        start_server(cases[i].leaf, "127.0.0.1", "-rev");
        bend.connects = bend.closes = 0;
        error = connect_to(cases[i].host, false);
        if (error != cases[i].error || tls.engine_error != cases[i].engine) {
            fail_msg("%s as %s: %d, engine %d", cases[i].leaf, cases[i].host, error, tls.engine_error);
        }
        assert_int_equal(wafer_tls_is_open(&tls), error == 0);
        wafer_tls_close(&tls);
        assert_int_equal(bend.connects, 1); /* a known time gets no second try */
        assert_int_equal(bend.closes, 1);
    }
}

static void test_no_anchor(void **state)
{
    const struct wafer_anchors others = {anchor_list + 1, 2}, none = {NULL, 0};

    (void)state;
    start_server("good", "127.0.0.1", "-rev");
    params.anchors = &others;
    assert_int_equal(connect_to("ca.example", false), WAFER_E_UNTRUSTED);
    assert_int_equal(tls.engine_error, BR_ERR_X509_NOT_TRUSTED);
    params.anchors = &none;
    assert_int_equal(connect_to("ca.example", false), WAFER_E_UNTRUSTED);
}

/* Whether the ClientHello has the extension `type`. */
static bool hello_has(unsigned type)
{
    const uint8_t *hello = bend.hello;
    size_t at = 5 + 4 + 2 + 32;

    assert_int_equal(hello[0], 22);
    assert_int_equal(hello[5], 1);
    at += 1u + hello[at];                                /* session id */
    at += 2u + (unsigned)(hello[at] << 8 | hello[at + 1]); /* suites */
    at += 1u + hello[at];                                /* compression */
    for (at += 2; at + 4 <= 5u + (unsigned)(hello[3] << 8 | hello[4]);) {
        if ((unsigned)(hello[at] << 8 | hello[at + 1]) == type) {
            return true;
        }
        at += 4u + (unsigned)(hello[at + 2] << 8 | hello[at + 3]);
    }
    return false;
}

static void test_addresses(void **state)
{
    static const struct {
        const char *leaf, *host;
        int error;
    } cases[] = {
        {"ip", "127.0.0.1", 0},
        {"ip", "::1", 0},
        {"ip", "0:0:0:0:0:0:0:1", 0},
        {"ip", "127.0.0.2", WAFER_E_WRONG_NAME},
        {"ip", "::2", WAFER_E_WRONG_NAME},
        {"ip", "::127.0.0.1", WAFER_E_WRONG_NAME},
        {"ipasdns", "127.0.0.1", WAFER_E_WRONG_NAME}, /* an address is no dNSName */
        {"nosan", "127.0.0.1", WAFER_E_WRONG_NAME},
        {"good", "127.0.0.1", WAFER_E_WRONG_NAME},
        {"ip", "localhost", WAFER_E_WRONG_NAME},
        {"self", "127.0.0.1", WAFER_E_UNTRUSTED}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int error;

        start_server(cases[i].leaf, "127.0.0.1", "-rev");
        error = connect_to(cases[i].host, false);
        if (error != cases[i].error) {
            fail_msg("%s as %s: %d, engine %d", cases[i].leaf, cases[i].host, error, tls.engine_error);
        }
        assert_int_equal(hello_has(0), strcmp(cases[i].host, "localhost") == 0);
        if (error == 0) {
            assert_talks("ip\n", "pi\n");
        }
    }
}

static void test_ipv6(void **state)
{
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int have = bind(fd, (struct sockaddr *)&address, sizeof address);

    (void)state;
    close(fd);
    if (have != 0) {
        skip(); /* no IPv6 on this machine */
    }
    start_server("ip", "[::1]", "-rev");
    bend.connect_to = NULL;
    assert_int_equal(connect_to("::1", false), 0);
    assert_talks("six\n", "xis\n");
}

/* No memory for the server's certificate: an address cannot be checked, so it is refused. */
static void test_small_scratch(void **state)
{
    (void)state;
    start_server("ip", "127.0.0.1", "-rev");
    for (size_t size = 0; size < 1000; size += 100) {
        int error;

        params.scratch_size = size;
        params.scratch = malloc(size + 1);
        error = connect_to("127.0.0.1", false);
        if (error != 0) {
            assert_int_equal(error, WAFER_E_TLS);
            assert_int_equal(tls.engine_error, BR_ERR_X509_LIMIT_EXCEEDED);
        } else {
            assert_true(size >= 200);
        }
        free(params.scratch);
    }
    params.scratch = NULL;
    params.scratch_size = 0;
    assert_int_equal(connect_to("127.0.0.1", false), WAFER_E_TLS);
}

/* The clock is not known, and the certificate begins after the floor. */
static void test_unknown_clock(void **state)
{
    (void)state;
    bend.wall = WAFER_E_CLOCK;
    start_server("later", "127.0.0.1", "-rev");
    assert_int_equal(connect_to("ca.example", false), 0);
    assert_int_equal(bend.connects, 2);
    assert_talks("time\n", "emit\n");
    assert_int_equal(connect_to("127.0.0.1", false), 0); /* the address is checked in the second one */
    assert_int_equal(connect_to("wrong.example", false), WAFER_E_WRONG_NAME);

    /* the same session needs no second handshake */
    assert_int_equal(connect_to("ca.example", false), 0);
    bend.connects = 0;
    assert_int_equal(connect_to("ca.example", true), 0);
    assert_int_equal(bend.connects, 1);

    /* told by the CA: known */
    wafer_clock_set(&wafer_time, T_2031 - 100);
    bend.connects = 0;
    assert_int_equal(connect_to("ca.example", false), WAFER_E_CERT_TIME);
    assert_int_equal(bend.connects, 1);
}

/* A certificate that ended before the floor stays refused. */
static void test_unknown_clock_expired(void **state)
{
    (void)state;
    bend.wall = WAFER_E_CLOCK;
    wafer_clock_raise(&wafer_time, T_2032 + 1);
    start_server("good", "127.0.0.1", "-rev");
    assert_int_equal(connect_to("ca.example", false), WAFER_E_CERT_TIME);
    assert_int_equal(bend.connects, 1);

    /* and no second try without the certificate in memory */
    wafer_clock_init(&wafer_time, &port);
    wafer_clock_raise(&wafer_time, T_2030);
    params.scratch_size = 16;
    start_server("later", "127.0.0.1", "-rev");
    bend.connects = 0;
    assert_int_equal(connect_to("ca.example", false), WAFER_E_CERT_TIME);
    assert_int_equal(bend.connects, 1);
}

/* Not only the name and time: an untrusted chain stays so. */
static void test_unknown_clock_untrusted(void **state)
{
    const struct wafer_anchors others = {anchor_list + 1, 2};

    (void)state;
    bend.wall = WAFER_E_CLOCK;
    params.anchors = &others;
    start_server("later", "127.0.0.1", "-rev");
    assert_int_equal(connect_to("ca.example", false), WAFER_E_UNTRUSTED);
    assert_int_equal(bend.connects, 2);
}

/* Gets the page that `s_server -www` shows, up to the end. */
static int get_page(char *page, size_t size, bool *proper)
{
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    size_t have = 0;

    *proper = false;
    assert_int_equal(wafer_tls_write(&tls, request, strlen(request)), 0);
    assert_int_equal(wafer_tls_flush(&tls), 0);
    for (;;) {
        const uint8_t *data;
        int len = wafer_tls_read(&tls, &data, proper);

        if (len < 0) {
            page[have] = 0;
            return len;
        }
        assert_true(have + (size_t)len < size);
        memcpy(page + have, data, (size_t)len);
        have += (size_t)len;
        wafer_tls_consume(&tls, (size_t)len);
    }
}

static void test_resumption(void **state)
{
    char page[16384];
    bool proper;

    (void)state;
    start_server("good", "127.0.0.1", "-www -no_ticket");
    assert_int_equal(connect_to("ca.example", true), 0);
    assert_int_equal(get_page(page, sizeof page, &proper), WAFER_E_CLOSED);
    assert_true(proper);
    assert_non_null(strstr(page, "\nNew, TLSv1.2"));
    assert_true(wafer_tls_is_open(&tls));
    wafer_tls_close(&tls);

    assert_int_equal(connect_to("ca.example", true), 0);
    assert_int_equal(get_page(page, sizeof page, &proper), WAFER_E_CLOSED);
    assert_non_null(strstr(page, "\nReused, TLSv1.2"));
    wafer_tls_close(&tls);

    assert_int_equal(connect_to("ca.example", false), 0);
    assert_int_equal(get_page(page, sizeof page, &proper), WAFER_E_CLOSED);
    assert_non_null(strstr(page, "\nNew, TLSv1.2"));

    /* a failed handshake leaves no session behind */
    assert_int_equal(connect_to("wrong.example", false), WAFER_E_WRONG_NAME);
    assert_int_equal(connect_to("wrong.example", true), WAFER_E_WRONG_NAME);
    assert_int_equal(connect_to("ca.example", true), 0);
    assert_int_equal(get_page(page, sizeof page, &proper), WAFER_E_CLOSED);
    assert_non_null(strstr(page, "\nNew, TLSv1.2"));

    /* a server that knows the session no longer */
    start_server("good", "127.0.0.1", "-www -no_ticket");
    assert_int_equal(connect_to("ca.example", true), 0);
    assert_int_equal(get_page(page, sizeof page, &proper), WAFER_E_CLOSED);
    assert_non_null(strstr(page, "\nNew, TLSv1.2"));
}

/* A server that dies is no proper end. */
static void test_cut_stream(void **state)
{
    const uint8_t *data;
    bool proper = true;
    int result;

    (void)state;
    start_server("good", "127.0.0.1", "-rev");
    assert_int_equal(connect_to("ca.example", false), 0);
    assert_talks("x\n", "x\n");
    stop_server();
    result = wafer_tls_read(&tls, &data, &proper);
    assert_true(result == WAFER_E_CLOSED || result == WAFER_E_NETWORK);
    assert_false(proper);
    assert_int_equal(tls.port_error, result);
    result = wafer_tls_write(&tls, "y\n", 2);
    assert_true(result == 0 || result == WAFER_E_CLOSED || result == WAFER_E_NETWORK);
}

/* Octet by octet, and in other small portions. */
static void test_every_portion(void **state)
{
    (void)state;
    start_server("good", "127.0.0.1", "-rev");
    for (bend.most = 1; bend.most < 8; bend.most++) {
        assert_int_equal(connect_to("ca.example", false), 0);
        assert_talks("portions\n", "snoitrop\n");
        wafer_tls_close(&tls);
    }
}

/* What is written before a flush leaves as one record in one call. */
static void test_one_record(void **state)
{
    (void)state;
    start_server("good", "127.0.0.1", "-rev");
    assert_int_equal(connect_to("ca.example", false), 0);
    bend.writes = 0;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(wafer_tls_write(&tls, "0123456789", 10), 0);
    }
    assert_int_equal(wafer_tls_write(&tls, NULL, 0), 0);
    assert_int_equal(bend.writes, 0);
    assert_int_equal(wafer_tls_flush(&tls), 0);
    assert_int_equal(bend.writes, 1);
    assert_int_equal(wafer_tls_flush(&tls), 0); /* nothing more to send */
    assert_int_equal(bend.writes, 1);
}

/* More than a record, and an answer of many. */
static void test_long_data(void **state)
{
    static char sent[40000], expected[40000], got[40000];
    size_t have = 0;

    (void)state;
    start_server("good", "127.0.0.1", "-rev");
    assert_int_equal(connect_to("ca.example", false), 0);
    for (size_t i = 0; i < sizeof sent; i++) {
        sent[i] = i % 1000 == 999 ? '\n' : (char)('!' + i % 89);
    }
    for (size_t i = 0; i < sizeof sent; i++) {
        expected[i] = i % 1000 == 999 ? '\n' : sent[i / 1000 * 1000 + 998 - i % 1000];
    }
    assert_int_equal(wafer_tls_write(&tls, sent, sizeof sent), 0);
    while (have < sizeof got) {
        const uint8_t *data;
        bool proper;
        int len = wafer_tls_read(&tls, &data, &proper); /* flushes by itself */

        assert_true(len > 0 && (size_t)len <= sizeof got - have);
        memcpy(got + have, data, (size_t)len);
        have += (size_t)len;
        wafer_tls_consume(&tls, (size_t)len);
    }
    assert_memory_equal(got, expected, sizeof got);
}

static void test_silent_server(void **state)
{
    int fd = listener(&server_port);

    (void)state;
    bend.silent = true;
    assert_int_equal(connect_to("ca.example", false), WAFER_E_TIMEOUT);
    assert_int_equal(tls.port_error, WAFER_E_TIMEOUT);
    assert_in_range(bend.ahead_ms, WAFER_IO_TIMEOUT_MS - 1000, WAFER_IO_TIMEOUT_MS);
    assert_true(bend.idle_calls >= WAFER_IO_TIMEOUT_MS / 1000 - 1);
    assert_false(wafer_tls_is_open(&tls));
    assert_int_equal(bend.closes, 1);
    close(fd);
}

static void test_cancel(void **state)
{
    (void)state;
    start_server("good", "127.0.0.1", "-rev");
    for (unsigned at = 1; at < 12; at++) {
        bend.idle_calls = 0;
        bend.cancel_at = at;
        assert_int_equal(connect_to("ca.example", false), WAFER_E_CANCELLED);
        assert_int_equal(bend.idle_calls, at);
        assert_false(wafer_tls_is_open(&tls));
    }
}

static void test_port_errors(void **state)
{
    int fd = listener(&server_port);

    (void)state;
    close(fd); /* nobody listens there now */
    assert_int_equal(connect_to("ca.example", false), WAFER_E_CONNECT);
    assert_int_equal(tls.port_error, WAFER_E_CONNECT);
    assert_false(wafer_tls_is_open(&tls));

    bend.connect_to = "name.invalid";
    assert_int_equal(connect_to("name.invalid", false), WAFER_E_RESOLVE);

    bend.connect_to = "127.0.0.1";
    start_server("good", "127.0.0.1", "-rev");
    bend.write_error = WAFER_E_NETWORK;
    assert_int_equal(connect_to("ca.example", false), WAFER_E_NETWORK);
    assert_int_equal(tls.port_error, WAFER_E_NETWORK);
    bend.write_error = 0;

    /* a session survives a connect that failed before the handshake */
    start_server("good", "127.0.0.1", "-rev");
    assert_int_equal(connect_to("ca.example", false), 0);
    assert_true(tls.resume);
    wafer_tls_close(&tls);
    bend.connect_to = "name.invalid";
    assert_int_equal(connect_to("ca.example", true), WAFER_E_RESOLVE);
    assert_true(tls.resume);
}

/* A peer that is no TLS server. */
static void test_garbage(void **state)
{
    static const char *const garbage[] = {"HTTP/1.0 400 Bad Request\r\n\r\n", "\x16\x03\x03\x00\x00\x16\x03\x03\x00\x00",
                                          "SSH-2.0-x\r\n", "\x15\x03\x03\x00\x02\x02\x28"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        int fd = listener(&server_port), error;
        pid_t pid = fork();

        if (pid == 0) {
            char drop[600];
            int peer = accept(fd, NULL, NULL);
            size_t len = i == 1 ? 10 : i == 3 ? 7 : strlen(garbage[i]);
            _exit(peer < 0 || read(peer, drop, sizeof drop) < 0 || write(peer, garbage[i], len) != (ssize_t)len);
        }
        close(fd);
        error = connect_to("ca.example", false);
        waitpid(pid, NULL, 0);
        assert_int_equal(error, i == 1 ? WAFER_E_CLOSED : WAFER_E_TLS);
        assert_int_equal(tls.engine_error, i == 0 || i == 2 ? BR_ERR_UNSUPPORTED_VERSION
                                           : i == 3         ? BR_ERR_RECV_FATAL_ALERT + 40
                                                            : 0);
    }
}

static int group_setup(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(wafer_posix_port(&posix, &real), 0);
    if (mkdtemp(folder) == NULL || run_shell(pki_script, folder) != 0) {
        run_shell("cat \"$1/log\"", folder);
        return -1;
    }
    load_anchor(&anchor_list[0], "ec");
    load_anchor(&anchor_list[1], "p384");
    load_anchor(&anchor_list[2], "rsa");
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    stop_server();
    free_anchors();
    return run_shell("rm -r \"$1\"", folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_chains),
        TEST(test_suites),
        TEST(test_no_common_suite),
        TEST(test_refused_certificates),
        TEST(test_no_anchor),
        TEST(test_addresses),
        TEST(test_ipv6),
        TEST(test_small_scratch),
        TEST(test_unknown_clock),
        TEST(test_unknown_clock_expired),
        TEST(test_unknown_clock_untrusted),
        TEST(test_resumption),
        TEST(test_cut_stream),
        TEST(test_every_portion),
        TEST(test_one_record),
        TEST(test_long_data),
        TEST(test_silent_server),
        TEST(test_cancel),
        TEST(test_port_errors),
        TEST(test_garbage)};

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
