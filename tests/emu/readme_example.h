/* The example of README.md, which tools/check/docs.py finds here word for word. To be included once in a
 * program: it defines. */
#ifndef README_EXAMPLE_H
#define README_EXAMPLE_H

/* clang-format off */
#include "wafer/wafer.h"

static struct wafer client; /* all the memory that an operation needs */
static struct wafer_store store;
static struct wafer_http01 responder;

/* At boot, and whenever due.when has come: orders only when there is something to order. */
int keep_certificate(const struct wafer_port *port, const struct wafer_flash *flash, struct wafer_anchors roots)
{
    static const char *const names[] = {"camera.example.org"};
    const struct wafer_request request = {.names = names, .name_count = 1};
    struct wafer_due due;
    int rc = wafer_store_mount(&store, flash);
    if (rc == WAFER_E_BLANK) {
        rc = wafer_store_format(&store, flash);
    }
    if (rc < 0) {
        return rc;
    }
    rc = wafer_due(&store, &request, port->wall_time(port->ctx), &due);
    if (rc <= 0) {
        return rc; /* an error, or nothing to do: due tells why, and until when */
    }
    wafer_http01_init(&responder, port, NULL, 80);
    const struct wafer_solver solver = wafer_http01_solver(&responder);
    const struct wafer_config config = {.port = port, .store = &store, .anchors = roots,
                                        .directory = "https://acme-v02.api.letsencrypt.org/directory",
                                        .agree_tos = true, .solver = &solver};
    rc = wafer_init(&client, &config);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_issue(&client, &request); /* blocks; wafer_last(&client) tells what went wrong */
    wafer_close(&client);
    return rc;
}
/* clang-format on */

#endif
