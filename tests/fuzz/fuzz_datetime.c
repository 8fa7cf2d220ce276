/* Any text as a time: what is taken is in range, and its canonical form means the same. */
#include <stdlib.h>
#include <string.h>
#include "datetime.h"
#include "guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
    if (!truth) {
        abort();
    }
}

/* Writes a time as GeneralizedTime from its RFC 3339 form. */
static void to_asn1(const char *text, char asn1[15])
{
    size_t len = 0;

    for (; *text != 0; text++) {
        if ((*text >= '0' && *text <= '9') || *text == 'Z') {
            asn1[len++] = *text;
        }
    }
    require(len == 15);
}

static void check(int (*parse)(const char *, size_t, int64_t *), const char *text, size_t len)
{
    int64_t seconds = -77, again = -1;
    int status = parse(text, len, &seconds);
    char canonical[WAFER_TIME_TEXT], asn1[15];

    if (status != 0) {
        require(status == WAFER_E_SYNTAX && seconds == -77);
        return;
    }
    require(seconds >= 0 && seconds <= 253402300799);
    wafer_time_format(seconds, canonical);
    require(strlen(canonical) == WAFER_TIME_TEXT - 1);
    require(wafer_time_rfc3339(canonical, WAFER_TIME_TEXT - 1, &again) == 0 && again == seconds);
    to_asn1(canonical, asn1);
    require(wafer_time_asn1(asn1, 15, &again) == 0 && again == seconds);
}

/* The input's first octets as a number of seconds, in any range. */
static void check_number(const uint8_t *data, size_t size)
{
    char text[WAFER_TIME_TEXT];
    int64_t seconds = 0, again;

    memcpy(&seconds, data, size < sizeof seconds ? size : sizeof seconds);
    for (int shift = 0; shift < 64; shift += 13) {
        int64_t wanted = seconds >> shift;

        wafer_time_format(wanted, text);
        require(wafer_time_rfc3339(text, sizeof text - 1, &again) == 0);
        require(again == (wanted < 0 ? 0 : wanted > 253402300799 ? 253402300799 : wanted));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guard guard = guard_copy(data, size);

    check(wafer_time_rfc3339, (const char *)guard.data, size);
    check(wafer_time_http, (const char *)guard.data, size);
    check(wafer_time_asn1, (const char *)guard.data, size);
    check_number(data, size);
    guard_free(&guard);
    return 0;
}
