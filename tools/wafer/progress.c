#include "progress.h"

#include <string.h>
#include <time.h>
#include "console.h"

#define HELD_MAX 2048 /* octets of a payload that the trace shows */

enum mark { MARK_DONE, MARK_KEPT, MARK_NOTE, MARK_RETRY, MARK_BUSY };

static const struct {
    const char *utf8, *ascii, *color;
} marks[] = {
    [MARK_DONE] = {"\xe2\x9c\x93", "ok", "\033[32m"},
    [MARK_KEPT] = {"\xe2\x9c\x93", "ok", "\033[32m"},
    [MARK_NOTE] = {"\xc2\xb7", "--", ""},
    [MARK_RETRY] = {"!", "!!", "\033[33m"},
    [MARK_BUSY] = {"\xe2\x80\xa6", "..", "\033[2m"},
};

static const char *const step_names[] = {
#define STEP_NAME(name, text) text,
    WAFER_STEPS(STEP_NAME)
#undef STEP_NAME
};

static const char *const type_names[] = {
    [WAFER_EVENT_BEGIN] = "begin",     [WAFER_EVENT_END] = "end",         [WAFER_EVENT_REUSED] = "reused",
    [WAFER_EVENT_RESUMED] = "resumed", [WAFER_EVENT_FETCHED] = "fetched", [WAFER_EVENT_WAIT] = "wait",
    [WAFER_EVENT_RETRY] = "retry",     [WAFER_EVENT_WARNING] = "warning",
};

/* What the live line shows. */
static struct {
    bool active;
    enum wafer_step step;
    char name[128], text[160];
    int32_t fetched;
    int64_t since, drawn; /* seconds: when it began, and as it was drawn last */
} live;

static int64_t seconds_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* "✓ order          a.example  https://...", without the end of the line. */
static void put_line(enum mark mark, enum wafer_step step, const char *name, const char *text, int room)
{
    struct out *out = &out_stdout;
    const char *symbol = console.utf8 ? marks[mark].utf8 : marks[mark].ascii;
    const char *color = console.color ? marks[mark].color : "";
    bool both = name[0] != 0 && text[0] != 0;
    out_bytes(out, color, strlen(color));
    out_format(out, "  %s", symbol);
    if (color[0] != 0) {
        out_format(out, "\033[0m");
    }
    out_format(out, " %-14s ", step_names[step]);
    room -= 18 + (console.utf8 ? 1 : 2);
    out_format(out, "%.*s%s", room, name, both ? "  " : "");
    room -= (int)strlen(name) + 2 * both;
    if (console.color && text[0] != 0) {
        out_format(out, "\033[2m");
    }
    out_format(out, "%.*s", room > 0 ? room : 0, text);
    if (console.color && text[0] != 0) {
        out_format(out, "\033[0m");
    }
}

static void draw_live(void)
{
    char text[240], waited[32] = "";
    int64_t seconds = seconds_now() - live.since;
    if (!console.live || !live.active) {
        return;
    }
    live.drawn = seconds;
    if (seconds >= 2) {
        (void)text_format(waited, sizeof waited, "  %lld s", (long long)seconds);
    }
    if (live.fetched > 0) {
        (void)text_format(text, sizeof text, "the CA has fetched %d answer%s%s", (int)live.fetched,
                          live.fetched == 1 ? "" : "s", waited);
    } else {
        (void)text_format(text, sizeof text, "%s%s", live.text, waited);
    }
    out_format(&out_stdout, "\r");
    put_line(MARK_BUSY, live.step, live.name, text, console.columns - 1);
    out_format(&out_stdout, "\033[K");
    out_flush(&out_stdout);
    console_live_line = true;
}

/* A line that stays; on a terminal it does not wrap. */
static void print_line(enum mark mark, const struct wafer_event *event, const char *text)
{
    if (console.quiet || console.json) {
        return;
    }
    console_clear_live();
    put_line(mark, event->step, event->name != NULL ? event->name : "", text,
             console.live ? console.columns - 1 : 4000);
    out_format(&out_stdout, "\n");
    out_flush(&out_stdout);
}

static void begin(const struct wafer_event *event)
{
    const char *text = event->text;
    if (event->step == WAFER_STEP_START || event->step == WAFER_STEP_DONE) {
        return;
    }
    if (event->step == WAFER_STEP_VALIDATION) {
        text = "waiting for the CA";
    }
    live.active = true;
    live.step = event->step;
    live.fetched = 0;
    live.since = seconds_now();
    (void)text_format(live.name, sizeof live.name, "%s", event->name);
    (void)text_format(live.text, sizeof live.text, "%s", text);
    draw_live();
}

/* A challenge's end only says that the CA knows of the answer: the validation's line
 * tells what came of it. */
static void end(const struct wafer_event *event)
{
    const char *text = event->text != NULL                   ? event->text
                       : event->step == WAFER_STEP_DIRECTORY ? live.text
                                                             : "";
    if (event->step != WAFER_STEP_CHALLENGE) {
        live.active = live.active && event->step == WAFER_STEP_VALIDATION; /* others are under way still */
        print_line(MARK_DONE, event, text);
        draw_live();
    }
}

static void reused(const struct wafer_event *event)
{
    char text[WAFER_URL_MAX + 16];
    live.active = false;
    (void)text_format(text, sizeof text, "%s%skept", event->text, event->text != NULL ? ", " : "");
    print_line(MARK_KEPT, event, text);
}

static void resumed(const struct wafer_event *event)
{
    char text[WAFER_URL_MAX + 40];
    live.active = false;
    (void)text_format(text, sizeof text, "%s, going on where an earlier run stopped", event->text);
    print_line(MARK_KEPT, event, text);
}

static void fetched(const struct wafer_event *event)
{
    live.fetched += event->value;
    draw_live();
}

static void waiting(const struct wafer_event *event)
{
    if (console.live) {
        draw_live();
    } else if (event->value >= 5000) {
        char text[40];
        struct wafer_event shown = {.step = event->step, .name = live.name};
        (void)text_format(text, sizeof text, "waiting %d s for the CA", (int)(event->value / 1000));
        print_line(MARK_NOTE, &shown, text);
    }
}

/* What is repeated at once, such as a request whose nonce was used up, is normal. */
static void retry(const struct wafer_event *event)
{
    char text[240];
    if (event->value >= 1000 || console.verbose) {
        (void)text_format(text, sizeof text, "%s: trying again in %d s", wafer_event_text(event),
                          (int)((event->value + 500) / 1000));
        print_line(MARK_RETRY, event, text);
        draw_live();
    }
}

static void warning(const struct wafer_event *event)
{
    if (!console.json) { /* there it is a line already */
        warn("%s%s%s", event->name, event->name != NULL ? ": " : "", wafer_event_text(event));
    }
}

/* --- protocol trace --- */

static char held[HELD_MAX];

/* The end of the JSON string that begins at `text`, behind its closing quote. */
static const char *after_string(const char *text)
{
    for (text++; *text != 0 && *text != '"'; text++) {
        text += *text == '\\' && text[1] != 0;
    }
    return text + (*text != 0);
}

/* The end of the string or object that begins at `text`. */
static const char *after_value(const char *text)
{
    unsigned depth = 0;
    do {
        depth += *text == '{';
        depth -= *text == '}';
        text = *text == '"' ? after_string(text) : text + 1;
    } while (depth > 0 && *text != 0);
    return text;
}

/* Behind the value when `text` is a member that must not be shown, else NULL. */
static const char *after_secret(const char *text)
{
    static const char *const keys[] = {"\"signature\"", "\"externalAccountBinding\""};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t len = strlen(keys[i]);
        if (strncmp(text, keys[i], len) == 0) {
            text += len + strspn(text + len, ": \t\r\n");
            return *text == '"' || *text == '{' ? after_value(text) : NULL;
        }
    }
    return NULL;
}

/* JSON on one line, without secrets. A line's end and the indentation after it become
 * one space, which no JSON string can contain. */
static void put_json(const char *text)
{
    while (*text != 0) {
        const char *end = text + strcspn(text, "\r\n\"");
        out_format(&out_stderr, "%.*s", (int)(end - text), text);
        const char *secret = after_secret(end);
        if (secret != NULL) {
            out_format(&out_stderr, "%.*s: \"...\"", (int)(after_string(end) - end), end);
            text = secret;
        } else if (*end == '"') {
            text = after_string(end);
            out_format(&out_stderr, "%.*s", (int)(text - end), end);
        } else {
            text = end + strspn(end, "\r\n\t ");
            out_format(&out_stderr, "%s", text > end && *text != 0 ? " " : "");
        }
    }
}

/* A payload is written before the request that carries it: holds it back. */
static void trace(const struct wafer_event *event)
{
    if (event->type == WAFER_EVENT_BODY && event->value < 0) {
        if (!text_format(held, sizeof held, "%s", event->text)) {
            memcpy(held + sizeof held - 4, "...", 4);
        }
        return;
    }
    out_flush(&out_stdout);
    if (event->type == WAFER_EVENT_REQUEST) {
        out_format(&out_stderr, "> %s%s\n", event->name, event->text);
        if (held[0] != 0) {
            out_format(&out_stderr, "> ");
            put_json(held);
            out_format(&out_stderr, "\n");
        }
        held[0] = 0;
    } else if (event->type == WAFER_EVENT_RESPONSE) {
        out_format(&out_stderr, "< %d\n", (int)event->value);
    } else {
        out_format(&out_stderr, "< ");
        put_json(event->text);
        out_format(&out_stderr, "\n");
    }
    out_flush(&out_stderr);
}

static void print_json(const struct wafer_event *event)
{
    json_begin(type_names[event->type]);
    json_text("step", step_names[event->step]);
    json_text("name", event->name);
    json_text("text", event->reason != WAFER_REASON_NONE ? wafer_event_text(event) : event->text);
    if (event->type == WAFER_EVENT_WAIT || event->type == WAFER_EVENT_RETRY) {
        json_number("milliseconds", event->value);
    } else if (event->type == WAFER_EVENT_FETCHED) {
        json_number("count", event->value);
    }
    json_end();
}

void progress_event(void *ctx, const struct wafer_event *event)
{
    static void (*const handlers[])(const struct wafer_event *) = {
        [WAFER_EVENT_BEGIN] = begin,     [WAFER_EVENT_END] = end,         [WAFER_EVENT_REUSED] = reused,
        [WAFER_EVENT_RESUMED] = resumed, [WAFER_EVENT_FETCHED] = fetched, [WAFER_EVENT_WAIT] = waiting,
        [WAFER_EVENT_RETRY] = retry,     [WAFER_EVENT_WARNING] = warning,
    };
    (void)ctx;
    if (event->type >= WAFER_EVENT_REQUEST) {
        if (console.verbose) {
            trace(event);
        }
        return;
    }
    print_json(event);
    handlers[event->type](event);
}

void progress_tick(void)
{
    if (live.active && seconds_now() - live.since != live.drawn) {
        draw_live();
    }
}

void progress_end(void)
{
    live.active = false;
    console_clear_live();
}
