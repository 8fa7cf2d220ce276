/* The civil calendar; gmtime would bring time zones along. */
#include "calendar.h"

#include <stddef.h>
#include "output.h"
#include "wafer/time.h"

#define DAY 86400

struct civil {
    int32_t year, month, day, hour, minute, second;
};

static struct civil split_time(int64_t seconds)
{
    int32_t rest, days = wafer_days(seconds, &rest);
    /* Years from March on, in cycles of 400 years, so that a leap day ends a year. */
    int32_t shifted = days + 719468;
    int32_t cycle = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int32_t day = shifted - cycle * 146097;
    int32_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    int32_t month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5;
    month = month < 10 ? month + 3 : month - 9;
    return (struct civil){
        cycle * 400 + year + (month <= 2), month, day + 1, rest / 3600, rest / 60 % 60, rest % 60};
}

const char *time_text(int64_t seconds, char text[TIME_TEXT_MAX])
{
    struct civil t = split_time(seconds);
    (void)text_format(text, TIME_TEXT_MAX, "%04d-%02d-%02d %02d:%02d UTC", (int)t.year, (int)t.month,
                      (int)t.day, (int)t.hour, (int)t.minute);
    return text;
}

const char *time_rfc3339(int64_t seconds, char text[TIME_TEXT_MAX])
{
    struct civil t = split_time(seconds);
    (void)text_format(text, TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)t.year, (int)t.month,
                      (int)t.day, (int)t.hour, (int)t.minute, (int)t.second);
    return text;
}

/* The largest unit of which there are at least two, rounded down. */
const char *duration_text(int64_t seconds, char text[TIME_TEXT_MAX])
{
    static const struct {
        int32_t seconds;
        const char *name;
    } units[] = {{3600, "hour"}, {60, "minute"}, {1, "second"}};
    if (seconds >= 2 * DAY) {
        int32_t rest;
        (void)text_format(text, TIME_TEXT_MAX, "%d days", (int)wafer_days(seconds, &rest));
        return text;
    }
    size_t i = 0;
    while (i < 2 && seconds < 2 * units[i].seconds) {
        i++;
    }
    int32_t count = (int32_t)seconds / units[i].seconds;
    (void)text_format(text, TIME_TEXT_MAX, "%d %s%s", (int)count, units[i].name, count == 1 ? "" : "s");
    return text;
}
