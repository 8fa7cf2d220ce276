/* Writes JSON lines, member by member. */
#include "json.h"

#include <string.h>
#include "calendar.h"
#include "character.h"
#include "output.h"

static bool enabled, needs_comma;

void json_enable(void)
{
    enabled = true;
}

bool json_enabled(void)
{
    return enabled;
}

/* What is no character becomes the replacement character: JSON is UTF-8 (RFC 8259 8.1). */
static void put_quoted(const char *text)
{
    size_t len = strlen(text);
    output_bytes(&standard_output, "\"", 1);
    for (size_t at = 0, step; at < len; at += step) {
        uint32_t code;
        step = character_take(text + at, len - at, &code);
        if (code == CHARACTER_INVALID) {
            output_bytes(&standard_output, "\\ufffd", 6);
        } else if (character_is_control(code)) {
            output_format(&standard_output, "\\u%04x", (unsigned)code);
        } else {
            output_bytes(&standard_output, "\\", code == '"' || code == '\\');
            output_bytes(&standard_output, text + at, step);
        }
    }
    output_bytes(&standard_output, "\"", 1);
}

static void put_comma(void)
{
    output_bytes(&standard_output, ",", needs_comma);
    needs_comma = true;
}

static void put_key(const char *key)
{
    put_comma();
    output_format(&standard_output, "\"%s\":", key);
}

void json_begin(const char *event)
{
    if (enabled) {
        needs_comma = false;
        output_format(&standard_output, "{");
        json_text("event", event);
    }
}

void json_text(const char *key, const char *text)
{
    if (enabled && text != NULL) {
        put_key(key);
        put_quoted(text);
    }
}

void json_number(const char *key, int64_t value)
{
    if (enabled) {
        put_key(key);
        output_format(&standard_output, "%lld", (long long)value);
    }
}

void json_bool(const char *key, bool value)
{
    if (enabled) {
        put_key(key);
        output_format(&standard_output, "%s", value ? "true" : "false");
    }
}

void json_time(const char *key, int64_t seconds)
{
    char text[TIME_TEXT_MAX];
    if (seconds != 0) {
        json_text(key, time_rfc3339(seconds, text));
    }
}

void json_list(const char *key, const char *const *items, size_t count)
{
    if (!enabled) {
        return;
    }
    put_key(key);
    output_format(&standard_output, "[");
    needs_comma = false;
    for (size_t i = 0; i < count; i++) {
        put_comma();
        put_quoted(items[i]);
    }
    output_format(&standard_output, "]");
    needs_comma = true;
}

void json_end(void)
{
    if (enabled) {
        output_format(&standard_output, "}\n");
        output_flush(&standard_output);
    }
}
