/* Any text as a time: what is taken is in range, and the C library's forms of it mean the same. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/datetime.h"
#include "guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
    if (!truth) {
        abort();
    }
}

static void check(int (*parse)(const char *, size_t, int64_t *), const char *text, size_t len)
{
    int64_t seconds = -77, again = -1;
    int status = parse(text, len, &seconds);
    char canonical[32];
    time_t time;

    if (status != 0) {
        require(status == WAFER_E_SYNTAX && seconds == -77);
        return;
    }
    require(seconds >= 0 && seconds <= 253402300799);
    time = (time_t)seconds;
    require(strftime(canonical, sizeof canonical, "%Y%m%d%H%M%SZ", gmtime(&time)) == 15);
    require(wafer_time_asn1(canonical, 15, &again) == 0 && again == seconds);
    require(strftime(canonical, sizeof canonical, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&time)) == 29);
    require(wafer_time_http(canonical, 29, &again) == 0 && again == seconds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guard guard = guard_copy(data, size);

    check(wafer_time_http, (const char *)guard.data, size);
    check(wafer_time_asn1, (const char *)guard.data, size);
    guard_free(&guard);
    return 0;
}
