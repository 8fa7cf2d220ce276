/* A TLS client against openssl s_server, over a port that a test can bend; see tls_lab.h. */
#include "tls_lab.h"
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
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* --- certificates ------------------------------------------------------------------ */

/* $1: folder. Roots ec, p384, rsa; intermediates of ec; leaves NAME.crt/.key, and NAME.chain with
 * what is shown behind the leaf.
 * leaf NAME ISSUER KEY SAN DIGEST NOTBEFORE */
static const char pki_script[] =
    "set -e; cd \"$1\"; exec >log 2>&1\n"
    "cat >base.cnf <<'END'\n"
    "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=x\n"
    "[issue]\ndatabase=index\nrand_serial=yes\nserial=serial\nnew_certs_dir=.\nunique_subject=no\npolicy="
    "policy\n[policy]\ncommonName=supplied\n"
    "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n[notca]\nbasicConstraints=critical,CA:"
    "FALSE\n"
    "[limited]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\nnameConstraints=excluded;DNS:ca.example\n"
    "[leaf]\nkeyUsage=digitalSignature\n"
    "END\n"
    "A=20800101000000Z; B=20820101000000Z\n"
    "new_key() { case $1 in rsa) openssl genrsa -out $2 2048;; *) openssl ecparam -name $1 -genkey -noout "
    "-out $2;; esac; }\n"
    "root() { new_key $2 $1.key; cp base.cnf cnf\n"
    "  openssl req -x509 -new -key $1.key -sha256 -days 20000 -subj \"/CN=root $1\" -config cnf -extensions "
    "ca -out $1.crt\n"
    "  openssl x509 -in $1.crt -outform DER -out $1.der; }\n"
    "issue() { : >index; openssl req -new -key $1.key -subj \"/CN=$1\" -config cnf -out $1.csr\n"
    "  openssl ca -batch -notext -name issue -config cnf -cert $2.crt -keyfile $2.key -in $1.csr"
    "  -extensions $3 -startdate $4 -enddate $B -md ${5:-sha256} -out $1.crt; }\n"
    "leaf() { new_key $3 $1.key; { cat base.cnf; [ -z \"$4\" ] || echo \"subjectAltName=$4\"; } >cnf; issue "
    "$1 $2 leaf ${6:-$A} $5; }\n"
    "root ec prime256v1; root p384 secp384r1; root rsa rsa\n"
    "for i in inter notca young limited; do new_key prime256v1 $i.key; done\n"
    "issue inter ec ca $A; issue notca ec notca $A; issue young ec ca 20810301000000Z; issue limited ec limited $A\n"
    "leaf good inter prime256v1 DNS:other.example,DNS:ca.example\n"
    "leaf ecdirect ec prime256v1 DNS:ca.example\n"
    "leaf p384leaf p384 secp384r1 DNS:ca.example sha384\n"
    "leaf rsaleaf rsa rsa DNS:ca.example\n"
    "leaf ip ec prime256v1 IP:127.0.0.1,IP:::1\n"
    "leaf ipasdns ec prime256v1 DNS:127.0.0.1\n"
    "leaf wild ec prime256v1 DNS:*.example\n"
    "leaf nosan ec prime256v1 ''\n"
    "leaf bychild notca prime256v1 DNS:ca.example\n"
    "leaf later inter prime256v1 DNS:ca.example,IP:127.0.0.1 sha256 20810601000000Z\n"
    "leaf underyoung young prime256v1 DNS:ca.example\n"
    "leaf wildlimited limited prime256v1 DNS:*.example\n"
    "cp inter.crt good.chain; cp inter.crt later.chain; cp notca.crt bychild.chain\n"
    "cp young.crt underyoung.chain; cp limited.crt wildlimited.chain\n"
    "cat good.crt p384.crt inter.crt inter.crt >good2.chain; cp good.crt good2.crt; cp good.key good2.key\n"
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

static void free_anchors(void)
{
    for (size_t i = 0; i < 3; i++) {
        free(lab.roots[i].dn.data);
        if (lab.roots[i].pkey.key_type == BR_KEYTYPE_RSA) {
            free(lab.roots[i].pkey.key.rsa.n);
            free(lab.roots[i].pkey.key.rsa.e);
        } else {
            free(lab.roots[i].pkey.key.ec.q);
        }
    }
}

/* --- the server -------------------------------------------------------------------- */

static pid_t server;

int lab_listen(uint16_t *tcp_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *tcp_port = ntohs(address.sin_port);
    return fd;
}

void lab_stop(void)
{
    if (server > 0) {
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
    server = 0;
}

/* The port of the line "ACCEPT ADDRESS:PORT" with which openssl says that it listens, once the line is whole; 0
 * before that. */
static uint16_t server_port(const char *path)
{
    char line[256];
    uint16_t found = 0;
    FILE *log = fopen(path, "r");

    while (log != NULL && found == 0 && fgets(line, sizeof line, log) != NULL) {
        char *port = strrchr(line, ':');
        if (strncmp(line, "ACCEPT ", 7) == 0 && port != NULL && strchr(port, '\n') != NULL) {
            found = (uint16_t)strtoul(port + 1, NULL, 10);
        }
    }
    if (log != NULL) {
        fclose(log);
    }
    return found;
}

/* Starts `openssl s_server` with a leaf; `options` are more of its options. */
void lab_serve(const char *leaf, const char *address, const char *options)
{
    char command[512], chain[40] = "";
    char log[sizeof folder + 16], behind[sizeof folder + 32];

    lab_stop();
    snprintf(log, sizeof log, "%s/server.log", folder);
    (void)remove(log); /* that of the server before */
    snprintf(behind, sizeof behind, "%s/%s.chain", folder, leaf);
    if (access(behind, R_OK) == 0) {
        snprintf(chain, sizeof chain, "-cert_chain %s.chain", leaf);
    }
    snprintf(command, sizeof command,
             "exec openssl s_server -accept %s:0 -cert %s.crt -key %s.key %s -tls1_2 %s >server.log", address,
             leaf, leaf, chain, options);
    server = fork();
    assert_true(server >= 0);
    if (server == 0) {
#ifdef __linux__
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when the test crashes */
#endif
        int null = open("/dev/null", O_RDWR);
        if (chdir(folder) == 0 && null >= 0 && dup2(null, 0) >= 0 && dup2(null, 1) >= 0 &&
            dup2(null, 2) >= 0) {
            execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        }
        _exit(127);
    }
    while ((lab.tcp_port = server_port(log)) == 0) {
        assert_int_equal(waitpid(server, NULL, WNOHANG), 0);
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
}

/* --- a port that the tests can bend ------------------------------------------------ */

static struct wafer_posix posix;
static struct wafer_port real;

struct tls_lab lab;

static int bent_connect(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms)
{
    lab.connects++;
    lab.hello_len = 0;
    return real.connect(ctx, lab.connect_to ? lab.connect_to : host, tcp_port, timeout_ms);
}

static int bent_read(void *ctx, int handle, uint8_t *data, size_t len, uint32_t timeout_ms)
{
    assert_true(len > 0);
    assert_in_range(timeout_ms, 1, 1000);
    lab.reads++;
    if (lab.silent) {
        lab.ahead_ms += timeout_ms;
        return WAFER_E_TIMEOUT;
    }
    return real.read(ctx, handle, data, lab.most > 0 && len > lab.most ? lab.most : len, timeout_ms);
}

static int bent_write(void *ctx, int handle, const uint8_t *data, size_t len, uint32_t timeout_ms)
{
    assert_true(len > 0);
    lab.writes++;
    if (lab.write_error != 0) {
        return lab.write_error;
    }
    if (lab.hello_len + len <= sizeof lab.hello) {
        memcpy(lab.hello + lab.hello_len, data, len);
        lab.hello_len += len;
    }
    return real.write(ctx, handle, data, lab.most > 0 && len > lab.most ? lab.most : len, timeout_ms);
}

static void bent_close(void *ctx, int handle)
{
    lab.closes++;
    real.close(ctx, handle);
}

static uint32_t bent_monotonic_ms(void *ctx)
{
    static uint32_t clock_ms;

    if (!lab.silent) {
        clock_ms = real.monotonic_ms(ctx);
    }
    return clock_ms + lab.ahead_ms;
}

static int64_t bent_wall_time(void *ctx)
{
    (void)ctx;
    return lab.wall;
}

static int bent_idle(void *ctx)
{
    (void)ctx;
    lab.idle_calls++;
    return lab.cancel_at != 0 && lab.idle_calls >= lab.cancel_at ? WAFER_E_CANCELLED : 0;
}

/* --- the client -------------------------------------------------------------------- */

int lab_setup(void **state)
{
    (void)state;
    memset(&lab, 0, offsetof(struct tls_lab, port));
    lab.connect_to = "127.0.0.1";
    lab.wall = T_2081;
    lab.port = real;
    lab.port.connect = bent_connect;
    lab.port.read = bent_read;
    lab.port.write = bent_write;
    lab.port.close = bent_close;
    lab.port.monotonic_ms = bent_monotonic_ms;
    lab.port.wall_time = bent_wall_time;
    lab.port.idle = bent_idle;
    wafer_clock_init(&lab.clock, &lab.port);
    wafer_clock_raise(&lab.clock, T_2080);
    assert_int_equal(wafer_drbg_init(&lab.drbg, &lab.port), 0);
    lab.params = (struct wafer_tls_params){.port = &lab.port,
                                           .anchors = &lab.anchors,
                                           .drbg = &lab.drbg,
                                           .clock = &lab.clock,
                                           .scratch = lab.scratch,
                                           .scratch_size = sizeof lab.scratch,
                                           .ip = wafer_ip_parse};
    memset(&lab.tls, 0xa5, sizeof lab.tls); /* init must not rely on zeros */
    wafer_tls_init(&lab.tls);
    assert_false(wafer_tls_is_open(&lab.tls));
    return 0;
}

int lab_teardown(void **state)
{
    (void)state;
    wafer_tls_close(&lab.tls);
    assert_false(wafer_tls_is_open(&lab.tls));
    lab_stop();
    return 0;
}

int lab_connect(const char *host, bool resume)
{
    return wafer_tls_connect(&lab.tls, &lab.params, host, lab.tcp_port, resume);
}

void lab_talk(const char *line, const char *reversed)
{
    char got[256];
    size_t have = 0;

    assert_true(wafer_tls_is_open(&lab.tls));
    assert_int_equal(wafer_tls_write(&lab.tls, line, strlen(line)), 0);
    assert_int_equal(wafer_tls_flush(&lab.tls), 0);
    while (have < strlen(reversed)) {
        const uint8_t *data;
        bool proper;
        int len = wafer_tls_read(&lab.tls, &data, &proper);

        assert_true(len > 0 && (size_t)len < sizeof got - have);
        got[have++] = (char)data[0]; /* octet by octet: what is left is shown again */
        wafer_tls_consume(&lab.tls, 1);
    }
    got[have] = 0;
    assert_string_equal(got, reversed);
}

int lab_group_setup(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(wafer_posix_port(&posix, &real), 0);
    if (mkdtemp(folder) == NULL || run_shell(pki_script, folder) != 0) {
        run_shell("cat \"$1/log\"", folder);
        return -1;
    }
    load_anchor(&lab.roots[0], "ec");
    load_anchor(&lab.roots[1], "p384");
    load_anchor(&lab.roots[2], "rsa");
    lab.anchors = (struct wafer_anchors){lab.roots, 3};
    return 0;
}

int lab_group_teardown(void **state)
{
    (void)state;
    lab_stop();
    free_anchors();
    return run_shell("rm -r \"$1\"", folder);
}
