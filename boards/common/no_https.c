/* For a board without the HTTPS page (-DBOARD_NO_HTTPS): it just waits. */
#include "https.h"

int https_load(struct https *https, struct wafer_store *store, const struct wafer_certificate *certificate)
{
    (void)https;
    (void)store;
    (void)certificate;
    return 0;
}

int https_serve(struct https *https, const struct wafer_port *port, https_page page, uint32_t ms)
{
    uint32_t start = port->monotonic_ms(port->ctx);
    (void)https;
    (void)page;
    for (;;) {
        uint32_t passed = port->monotonic_ms(port->ctx) - start;
        if (passed >= ms)
            return 0;
        int rc = port->wait(port->ctx, NULL, 0, ms - passed < 1000 ? ms - passed : 1000);
        if (rc < 0)
            return rc;
    }
}

void https_close(struct https *https)
{
    (void)https;
}
