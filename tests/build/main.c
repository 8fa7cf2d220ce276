/* What tests/build puts behind the example of README.md to make a program of it, in C and in
 * C++: the example's store is a file, and no network is there. */
#include <stdio.h>
#include "flash_file.h"
#include "port_posix.h"

static int no_route(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms)
{
    (void)ctx;
    (void)timeout_ms;
    printf("connect %s %u\n", host, (unsigned)tcp_port);
    return WAFER_E_CONNECT;
}

int main(int argc, char **argv)
{
    static struct wafer_posix posix;
    static struct wafer_port port;
    static struct wafer_flash_file file;
    const struct wafer_anchors roots = {NULL, 0};
    if (argc != 2 || wafer_posix_port(&posix, &port) < 0 ||
        wafer_flash_file_open(&file, argv[1], WAFER_FLASH_FILE_CREATE, NULL) < 0) {
        return 2;
    }
    port.connect = no_route;
    int rc = keep_certificate(&port, &file.flash, roots);
    wafer_flash_file_close(&file);
    printf("wafer %s: %s\n", wafer_version(), rc < 0 ? wafer_error_name(rc) : "OK");
    return 0;
}
