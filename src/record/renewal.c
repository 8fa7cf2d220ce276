/* When a certificate is due, and how long to wait for it. */
#include "record/renewal.h"
#include "base/clock.h"
#include "record/fields.h"
#include "wafer/time.h"

#define DAY  86400
#define REST 3600 /* between two issuances */

int64_t wafer_renewal_time(int64_t not_before, int64_t not_after)
{
    int64_t lifetime = not_after - not_before;
    int32_t days, second;
    if (lifetime < 10 * (int64_t)DAY) {
        return not_after - lifetime / 2;
    }
    days = wafer_days(lifetime, &second);
    return not_after - (days / 3) * (int64_t)DAY - (days % 3 * DAY + second) / 3;
}

int64_t wafer_certificate_renewal(const struct wafer_certificate *c, int64_t now)
{
    bool counts = c->issued > c->not_before && c->issued < c->not_after && (now < 0 || c->issued <= now);
    return wafer_renewal_time(counts ? c->issued : c->not_before, c->not_after);
}

bool wafer_certificate_is_early(const struct wafer_certificate *c, int64_t now)
{
    return c->not_before - WAFER_CLOCK_SKEW > now;
}

bool wafer_certificate_is_due(const struct wafer_certificate *c, int64_t now)
{
    return now >= wafer_certificate_renewal(c, now) || wafer_certificate_is_early(c, now);
}

int64_t wafer_certificate_rest(const struct wafer_certificate *c, int64_t now)
{
    int64_t end = c->issued + REST;
    return c->issued <= now && now < end ? end : 0;
}

int32_t wafer_longest_wait(const struct wafer_certificate *c, int64_t now)
{
    int64_t half = c->sequence != 0 && c->not_after > now ? (c->not_after - now) / 2 : WAFER_WAIT_LONGEST;
    if (half >= WAFER_WAIT_LONGEST) {
        return WAFER_WAIT_LONGEST;
    }
    return half < WAFER_WAIT_SHORTEST ? WAFER_WAIT_SHORTEST : (int32_t)half;
}

int64_t wafer_certificate_wait(struct wafer_store *store, const struct wafer_certificate *c, int64_t now)
{
    int64_t next = wafer_certificate_next_try(store, c->slot);
    return now >= 0 && next > now && next - now <= wafer_longest_wait(c, now) ? next : 0;
}

int64_t wafer_certificate_next_try(struct wafer_store *store, uint8_t slot)
{
    struct wafer_value value;
    if (wafer_store_find(store, WAFER_KIND_SCHEDULE, slot, 0, &value) < 0) {
        return 0;
    }
    return wafer_field_get_number(store, &value, WAFER_FIELD_NEXT_TRY);
}
