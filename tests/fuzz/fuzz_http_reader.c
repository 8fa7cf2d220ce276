/* Any octets as an HTTP response: no matter how they are cut, the result is the same. The first
 * octet chooses what is asked for and how to cut. */
#include <stdlib.h>
#include <string.h>
#include "net/http_link.h"
#include "net/http_reader.h"

#define LINE_SIZE 320

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    struct wafer_response response;
    uint8_t *body;
    size_t body_len, taken;
    int error;
    char *line;
};

static void require(int truth)
{
    if (!truth) {
        abort();
    }
}

static int collect(void *ctx, const struct wafer_response *response, const uint8_t *data, size_t len)
{
    struct outcome *outcome = ctx;

    require(len > 0 && response->status >= 200);
    memcpy(outcome->body + outcome->body_len, data, len);
    outcome->body_len += len;
    memset(outcome->line, 0xee, LINE_SIZE);
    return 0;
}

/* Reads with portions of 1 + (cut * 7 + number) % cut octets; cut 0: all at once. */
static void read_all(const uint8_t *data, size_t size, int alternate, bool head, size_t cut,
                     struct outcome *outcome)
{
    struct wafer_http_reader reader;
    size_t number = 0;

    memset(outcome, 0, sizeof *outcome);
    outcome->body = malloc(size + 1);
    outcome->line = malloc(LINE_SIZE);
    require(outcome->body != NULL && outcome->line != NULL);
    wafer_http_reader_init(&reader, &outcome->response, outcome->line, LINE_SIZE, head, collect, outcome);
    wafer_http_reader_link(&reader, alternate < 0 ? NULL : wafer_http_link_alternate, (unsigned)alternate);
    while (outcome->taken < size && outcome->error == 0 && !wafer_http_reader_done(&reader)) {
        size_t n = cut > 0 ? 1 + number++ % cut : size;
        int taken;
        n = n < size - outcome->taken ? n : size - outcome->taken;
        taken = wafer_http_reader_feed(&reader, data + outcome->taken, n);
        require(taken < 0 || (size_t)taken == n || wafer_http_reader_done(&reader));
        if (taken < 0) {
            outcome->error = taken;
        } else {
            outcome->taken += (size_t)taken;
        }
    }
    if (outcome->error == 0) {
        outcome->error = wafer_http_reader_end(&reader);
    }
    require(outcome->error != 0 || outcome->response.status >= 200);
    require(memchr(outcome->response.location, 0, sizeof outcome->response.location) != NULL);
    require(memchr(outcome->response.nonce, 0, sizeof outcome->response.nonce) != NULL);
    free(outcome->line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, other;
    int alternate;
    size_t cut;
    bool head;

    if (size < 1) {
        return 0;
    }
    alternate = (int)(data[0] & 3) - 1;
    head = (data[0] & 4) != 0;
    cut = 1 + (data[0] >> 3);
    read_all(data + 1, size - 1, alternate, head, 0, &whole);
    read_all(data + 1, size - 1, alternate, head, cut, &other);
    require(whole.error == other.error && whole.body_len == other.body_len);
    require(memcmp(whole.body, other.body, whole.body_len) == 0);
    require(whole.error != 0 || whole.taken == other.taken);
    require(whole.response.status == other.response.status);
    require(whole.response.retry_after == other.response.retry_after);
    require(whole.response.close == other.response.close);
    require(strcmp(whole.response.location, other.response.location) == 0);
    require(strcmp(whole.response.nonce, other.response.nonce) == 0);
    free(whole.body);
    free(other.body);
    return 0;
}
