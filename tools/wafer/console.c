#include "console.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct console console;
bool console_live_line;
static bool json_comma;

enum status status_worse(enum status a, enum status b)
{
    if (a == STATUS_FAILED || b == STATUS_FAILED) {
        return STATUS_FAILED;
    }
    return a == STATUS_LATER || b == STATUS_LATER ? STATUS_LATER : a > b ? a : b;
}

/* What the locale says, without loading it: LC_ALL, LC_CTYPE and LANG in this order. */
static bool locale_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != 0) {
            return text_contains(value, "UTF-8") || text_contains(value, "utf8") ||
                   text_contains(value, "utf-8");
        }
    }
    return false;
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && value[0] != 0;
}

void console_init(const struct options *options)
{
    struct winsize size;
    const char *term = getenv("TERM");
    bool terminal = isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
    console.json = option_on(options, OPTION_JSON);
    console.quiet = option_on(options, OPTION_QUIET);
    console.verbose = option_on(options, OPTION_VERBOSE);
    console.live = terminal && !console.json && !console.quiet && !console.verbose;
    console.color = terminal && !is_set("NO_COLOR");
    console.utf8 = locale_is_utf8();
    bool known = terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20;
    console.columns = known ? size.ws_col : 80;
}

void console_clear_live(void)
{
    if (console_live_line) {
        console_live_line = false;
        out_format(&out_stdout, "\r\033[K");
        out_flush(&out_stdout);
    }
}

static void put_error(const char *mark, const char *text)
{
    console_clear_live();
    out_flush(&out_stdout);
    out_format(&out_stderr, "wafer: %s%s\n", mark, text);
    out_flush(&out_stderr);
}

void console_error(const char *text)
{
    put_error("", text);
}

static void speak(const char *event, const char *mark, const char *format, va_list args)
{
    char text[1024];
    struct out memory = {-1, text, sizeof text - 1, 0, false};
    out_vformat(&memory, format, args);
    text[memory.len] = 0;
    put_error(mark, text);
    json_begin(event);
    json_text("text", text);
    json_end();
}

void complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    speak("error", "", format, args);
    va_end(args);
}

void warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    speak("warning", "warning: ", format, args);
    va_end(args);
}

void note(const char *format, ...)
{
    va_list args;
    if (console.json || console.quiet) {
        return;
    }
    console_clear_live();
    va_start(args, format);
    out_vformat(&out_stdout, format, args);
    va_end(args);
    out_format(&out_stdout, "\n");
    out_flush(&out_stdout);
}

/* --- JSON --- */

static void json_quote(const char *text)
{
    out_bytes(&out_stdout, "\"", 1);
    for (; *text != 0; text++) {
        if (*text == '"' || *text == '\\') {
            out_bytes(&out_stdout, "\\", 1);
        }
        if ((unsigned char)*text < 0x20) {
            out_format(&out_stdout, "\\u%04x", (unsigned)*text);
        } else {
            out_bytes(&out_stdout, text, 1);
        }
    }
    out_bytes(&out_stdout, "\"", 1);
}

static void json_key(const char *key)
{
    out_format(&out_stdout, "%s\"%s\":", json_comma ? "," : "", key);
    json_comma = true;
}

void json_begin(const char *event)
{
    if (console.json) {
        json_comma = false;
        out_format(&out_stdout, "{");
        json_text("event", event);
    }
}

void json_text(const char *key, const char *text)
{
    if (console.json && text != NULL) {
        json_key(key);
        json_quote(text);
    }
}

void json_number(const char *key, int64_t value)
{
    if (console.json) {
        json_key(key);
        out_format(&out_stdout, "%lld", (long long)value);
    }
}

void json_bool(const char *key, bool value)
{
    if (console.json) {
        json_key(key);
        out_format(&out_stdout, "%s", value ? "true" : "false");
    }
}

void json_list(const char *key)
{
    if (console.json) {
        json_key(key);
        out_format(&out_stdout, "[");
        json_comma = false;
    }
}

void json_item(const char *text)
{
    if (console.json) {
        out_format(&out_stdout, "%s", json_comma ? "," : "");
        json_quote(text);
        json_comma = true;
    }
}

void json_list_end(void)
{
    if (console.json) {
        out_format(&out_stdout, "]");
        json_comma = true;
    }
}

void json_end(void)
{
    if (console.json) {
        out_format(&out_stdout, "}\n");
        out_flush(&out_stdout);
    }
}

/* --- times --- */

/* Civil time of seconds since 1970; gmtime would bring time zones along. */
struct civil {
    int year, month, day, hour, minute, second;
};

static struct civil split_time(int64_t seconds)
{
    int64_t days = seconds / 86400;
    int rest = (int)(seconds % 86400);
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    /* Years from March on, in cycles of 400 years, so that a leap day ends a year. */
    int64_t shifted = days + 719468;
    int64_t cycle = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int day = (int)(shifted - cycle * 146097);
    int year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    int month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5;
    month = month < 10 ? month + 3 : month - 9;
    return (struct civil){
        (int)(cycle * 400) + year + (month <= 2), month, day + 1, rest / 3600, rest / 60 % 60, rest % 60};
}

void json_time(const char *key, int64_t seconds)
{
    if (console.json && seconds != 0) {
        struct civil t = split_time(seconds);
        json_key(key);
        out_format(&out_stdout, "\"%04d-%02d-%02dT%02d:%02d:%02dZ\"", t.year, t.month, t.day, t.hour,
                   t.minute, t.second);
    }
}

const char *time_text(int64_t seconds, char text[TIME_TEXT_MAX])
{
    struct civil t = split_time(seconds);
    (void)text_format(text, TIME_TEXT_MAX, "%04d-%02d-%02d %02d:%02d UTC", t.year, t.month, t.day, t.hour,
                      t.minute);
    return text;
}

/* The largest unit of which there are at least two, rounded down. */
const char *duration_text(int64_t seconds, char text[TIME_TEXT_MAX])
{
    static const struct {
        int32_t seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t i = 0;
    while (i < 3 && seconds < 2 * (int64_t)units[i].seconds) {
        i++;
    }
    long long count = (long long)(seconds / units[i].seconds);
    (void)text_format(text, TIME_TEXT_MAX, "%lld %s%s", count, units[i].name, count == 1 ? "" : "s");
    return text;
}
