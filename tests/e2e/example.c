/* A device that runs the example of README.md, which speaks to Let's Encrypt by name: connect and listen lead to
 * a test CA on loopback instead. One run of this program is one boot.
 *
 * usage: example CA_PORT ROOT.pem HTTP_PORT STORE_FILE [AHEAD]
 * AHEAD: seconds that its clock is ahead, or "unknown". Prints "N connects, M listens: TEXT" when the example
 * has returned, and exits with 0 when that was 0. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "flash_file.h"
#include "port_posix.h"
#include "readme_example.h"
#include "root_file.h"

#define CA "acme-v02.api.letsencrypt.org"

static uint16_t ca_port, http_port;
static unsigned connects, listens;
static const char *ahead = "0";
static struct wafer_port port, real;

static int connect_to_test_ca(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms)
{
    connects++;
    if (strcmp(host, CA) != 0 || tcp_port != 443) {
        fprintf(stderr, "connects to %s, port %u\n", host, tcp_port);
        exit(2);
    }
    return real.connect(ctx, "127.0.0.1", ca_port, timeout_ms);
}

static int listen_for_test_ca(void *ctx, const char *address, uint16_t tcp_port)
{
    listens++;
    if (address != NULL || tcp_port != 80) {
        fprintf(stderr, "listens on port %u\n", tcp_port);
        exit(2);
    }
    return real.listen(ctx, "127.0.0.1", http_port);
}

static int64_t bent_time(void *ctx)
{
    int64_t now = real.wall_time(ctx);
    return now < 0 || strcmp(ahead, "unknown") == 0 ? WAFER_E_CLOCK : now + atoll(ahead);
}

int main(int argc, char **argv)
{
    struct wafer_posix posix;
    struct wafer_flash_file file;
    if (argc < 5 || argc > 6) {
        fprintf(stderr, "usage: example CA_PORT ROOT.pem HTTP_PORT STORE_FILE [AHEAD]\n");
        return 2;
    }
    ca_port = (uint16_t)atoi(argv[1]);
    http_port = (uint16_t)atoi(argv[3]);
    ahead = argc > 5 ? argv[5] : ahead;
    int rc = wafer_posix_port(&posix, &port);
    if (rc < 0) {
        return 2;
    }
    real = port;
    port.wall_time = bent_time;
    port.connect = connect_to_test_ca;
    port.listen = listen_for_test_ca;
    rc = wafer_flash_file_open(&file, argv[4], WAFER_FLASH_FILE_CREATE, NULL);
    if (rc < 0) {
        fprintf(stderr, "%s: %s\n", argv[4], wafer_error_text(rc));
        return 2;
    }
    rc = keep_certificate(&port, &file.flash, emu_root_file(argv[2]));
    wafer_flash_file_close(&file);
    printf("%u connects, %u listens: %s\n", connects, listens, wafer_error_text(rc));
    if (rc < 0) {
        fprintf(stderr, "%s\n", wafer_last_string(wafer_last(&client), WAFER_LAST_SUBJECT));
    }
    return rc < 0;
}
