/* Sends the request once the order is ready, and goes from status to status until the
 * certificate is issued. */
#include "acme/finalize.h"
#include <string.h>
#include "acme/event.h"
#include "acme/last.h"
#include "acme/order.h"
#include "wafer/csr.h"
#include "format/base64url.h"

/* {"csr": base64url of the DER}. The DER is made at the end of the buffer, and the
 * buffer ends before it while it is encoded. */
struct finalize_payload {
    struct wafer *w;
    const struct wafer_request *request;
};

/* Writes a request for our key at the end of the buffer; *csr is where it begins. */
static int write_csr(const struct finalize_payload *f, struct wafer_buf *out, const uint8_t **csr)
{
    const struct wafer_request *request = f->request;
    const struct wafer_signer software = wafer_key_signer(&f->w->order.key);
    const struct wafer_signer *signer = request->signer != NULL ? request->signer : &software;
    uint8_t *der = out->data + out->len;
    if (out->overflow) {
        return WAFER_E_SPACE;
    }
    int len = wafer_csr_write(der, out->size - out->len, request->names, request->name_count, signer,
                              f->w->config->ip);
    if (len < 0) {
        return len;
    }
    out->size -= (size_t)len;
    memmove(out->data + out->size, der, (size_t)len);
    *csr = out->data + out->size;
    return len;
}

static void append_csr(struct wafer_buf *out, const uint8_t *csr, size_t len)
{
    wafer_buf_text(out, "{\"csr\":\"");
    wafer_base64url_append(out, csr, len);
    wafer_buf_text(out, "\"}");
}

static int finalize_payload(void *ctx, struct wafer_buf *out)
{
    const struct finalize_payload *f = ctx;
    const struct wafer_csr *made = f->request->csr;
    size_t size = out->size;
    const uint8_t *csr;
    if (made != NULL) {
        append_csr(out, made->der, made->len);
        return 0;
    }
    int len = write_csr(f, out, &csr);
    if (len == WAFER_E_KEY) { /* said here, for the account's key signs this request */
        return wafer_fail(f->w, len, "the certificate's key");
    }
    if (len < 0) {
        return len;
    }
    append_csr(out, csr, (size_t)len);
    out->size = size;
    return 0;
}

static int send_csr(struct wafer *w, const struct wafer_request *request)
{
    struct finalize_payload payload = {w, request};
    const struct wafer_post post = {.url = w->order.link.finalize, .payload = finalize_payload, .ctx = &payload};
    return wafer_order_request(w, &post, WAFER_ORDER_ALONE);
}

int wafer_finalize(struct wafer *w, const struct wafer_request *request, struct wafer_poll *poll)
{
    bool sent = false; /* and not asked since what came of it */
    wafer_step(w, WAFER_STEP_FINALIZE, request->names[0], w->order.url);
    for (;;) {
        int rc = 0;
        switch ((enum wafer_order_status)w->order.status) {
        case WAFER_ORDER_PENDING:
            /* The order was read before its authorizations became valid, and the CA makes it
             * ready with the last of them: asking again first would cost each issuance a
             * request. A CA that is not that far says orderNotReady. */
        case WAFER_ORDER_READY:
            rc = sent ? wafer_order_poll(w, poll, WAFER_ORDER_ALONE) : send_csr(w, request);
            sent = !sent;
            break;
        case WAFER_ORDER_PROCESSING:
            rc = wafer_order_poll(w, poll, WAFER_ORDER_ALONE);
            break;
        case WAFER_ORDER_VALID:
            wafer_notify(w, WAFER_EVENT_END, request->names[0], w->order.link.certificate);
            return WAFER_ISSUED;
        case WAFER_ORDER_INVALID: /* read_status has failed before */
            return wafer_fail(w, WAFER_E_ORDER, w->order.url);
        }
        if (rc == WAFER_E_PROBLEM && w->last.action == WAFER_ACTION_POLL) {
            wafer_error_clear(w);
            return WAFER_NOT_READY;
        }
        if (rc < 0) {
            return rc;
        }
    }
}
