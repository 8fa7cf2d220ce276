/* The http-01 responder over an emulated network; see http01_bench.h. */
#include "http01_bench.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

const struct wafer_challenge challenge_a = {"http-01", "a.example", TOKEN_A, THUMBPRINT};
const struct wafer_challenge challenge_b = {"http-01", "b.example", TOKEN_B, THUMBPRINT};
const struct wafer_challenge challenge_c = {"http-01", "c.example", TOKEN_C, THUMBPRINT};

void set_up(struct bench *bench)
{
    emu_net_init(&bench->net);
    bench->net.now_ms = bench->net.idle_ms = 0xfffff000u; /* the clock wraps in the long tests */
    wafer_http01_init(&bench->responder, &bench->net.port, NULL, 80);
    bench->solver = wafer_http01_solver(&bench->responder);
    assert_string_equal(bench->solver.type, "http-01");
}

int present(struct bench *bench, const struct wafer_challenge *challenge)
{
    struct wafer_challenge transient = *challenge; /* only the strings stay */
    int result = bench->solver.present(bench->solver.ctx, &transient);

    memset(&transient, 0xee, sizeof transient);
    return result;
}

void cleanup(struct bench *bench, const struct wafer_challenge *challenge)
{
    struct wafer_challenge transient = *challenge;

    bench->solver.cleanup(bench->solver.ctx, &transient);
}

int serve(struct bench *bench, uint32_t timeout_ms)
{
    return bench->solver.serve(bench->solver.ctx, timeout_ms);
}

struct emu_connection *come(struct bench *bench, uint32_t in_ms, const char *input)
{
    return emu_net_connection(&bench->net, bench->net.now_ms + in_ms, input);
}
