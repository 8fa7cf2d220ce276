/* The lines of an operation: those that stay, and the live one on a terminal. */
#include "progress.h"

#include <string.h>
#include <time.h>
#include "calendar.h"
#include "console.h"
#include "json.h"
#include "trace.h"

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

static const char *const type_names[] = {
    [WAFER_EVENT_BEGIN] = "begin",     [WAFER_EVENT_END] = "end",         [WAFER_EVENT_REUSED] = "reused",
    [WAFER_EVENT_RESUMED] = "resumed", [WAFER_EVENT_FETCHED] = "fetched", [WAFER_EVENT_WAIT] = "wait",
    [WAFER_EVENT_RETRY] = "retry",     [WAFER_EVENT_WARNING] = "warning", [WAFER_EVENT_ASKED] = "asked",
    [WAFER_EVENT_CHAIN] = "chain",
};

/* What the live line shows. */
static struct {
    bool active;
    enum wafer_step step;
    char name[128], text[160];
    int32_t fetched, asked;
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
    struct output *out = &standard_output;
    const char *symbol = console.utf8 ? marks[mark].utf8 : marks[mark].ascii;
    const char *color = console.color ? marks[mark].color : "";
    bool both = name[0] != 0 && text[0] != 0;
    output_bytes(out, color, strlen(color));
    output_format(out, "  %s", symbol);
    if (color[0] != 0) {
        output_format(out, "\033[0m");
    }
    output_format(out, " %-14s ", wafer_step_text(step));
    room -= 18 + (console.utf8 ? 1 : 2);
    output_format(out, "%.*s%s", room, name, both ? "  " : "");
    room -= (int)strlen(name) + 2 * both;
    if (console.color && text[0] != 0) {
        output_format(out, "\033[2m");
    }
    output_format(out, "%.*s", room > 0 ? room : 0, text);
    if (console.color && text[0] != 0) {
        output_format(out, "\033[0m");
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
    output_format(&standard_output, "\r");
    put_line(MARK_BUSY, live.step, live.name, text, console.columns - 1);
    output_format(&standard_output, "\033[K");
    output_flush(&standard_output);
    console_live_line = true;
}

/* A line that stays; on a terminal it does not wrap. */
static void print_line(enum mark mark, const struct wafer_event *event, const char *text)
{
    if (!console_has_reader()) {
        return;
    }
    console_clear_live();
    put_line(mark, event->step, event->name != NULL ? event->name : "", text,
             console.live ? console.columns - 1 : 4000);
    output_format(&standard_output, "\n");
    output_flush(&standard_output);
}

static void show_begin(const struct wafer_event *event)
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
    live.fetched = live.asked = 0;
    live.since = seconds_now();
    (void)text_format(live.name, sizeof live.name, "%s", event->name);
    (void)text_format(live.text, sizeof live.text, "%s", text);
    draw_live();
}

/* A challenge's end only says that the CA knows of the answer: the validation's line
 * tells what came of it. */
static void show_end(const struct wafer_event *event)
{
    const char *text = event->text;
    if (event->step == WAFER_STEP_CHALLENGE) {
        return;
    }
    if (text == NULL) {
        text = event->step == WAFER_STEP_DIRECTORY ? live.text : "";
    }
    live.active = live.active && event->step == WAFER_STEP_VALIDATION; /* others are under way still */
    print_line(MARK_DONE, event, text);
    draw_live();
}

static void show_reused(const struct wafer_event *event)
{
    char text[WAFER_URL_MAX + 16];
    live.active = false;
    (void)text_format(text, sizeof text, "%s%skept", event->text, event->text != NULL ? ", " : "");
    print_line(MARK_KEPT, event, text);
}

static void show_resumed(const struct wafer_event *event)
{
    char text[WAFER_URL_MAX + 40];
    live.active = false;
    (void)text_format(text, sizeof text, "%s, going on where an earlier run stopped", event->text);
    print_line(MARK_KEPT, event, text);
}

static void show_fetched(const struct wafer_event *event)
{
    live.fetched += event->value;
    draw_live();
}

static void show_waiting(const struct wafer_event *event)
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

/* Once for each length: it is asked for with every poll. */
static void show_asked(const struct wafer_event *event)
{
    char text[80], time[TIME_TEXT_MAX];
    struct wafer_event shown = {.step = event->step, .name = live.name};
    if (event->value != live.asked) {
        live.asked = event->value;
        (void)text_format(text, sizeof text, "the CA asks to come back in %s; looking sooner",
                          duration_text(event->value, time));
        print_line(MARK_NOTE, &shown, text);
        draw_live();
    }
}

/* What is repeated at once, such as a request whose nonce was used up, is normal. */
static void show_retry(const struct wafer_event *event)
{
    char text[240];
    if (event->value >= 1000 || console.verbose) {
        (void)text_format(text, sizeof text, "%s: trying again in %d s", wafer_event_text(event),
                          (int)((event->value + 500) / 1000));
        print_line(MARK_RETRY, event, text);
        draw_live();
    }
}

/* The chains of one certificate that were looked at, for the warning when none of them is the preferred. */
static struct {
    char name[128], roots[320];
} chains;

static void show_chain(const struct wafer_event *event)
{
    if (strcmp(chains.name, event->name) != 0) {
        (void)text_format(chains.name, sizeof chains.name, "%s", event->name);
        chains.roots[0] = 0;
    }
    char root[160];
    size_t len = strlen(chains.roots);
    (void)text_format(root, sizeof root, "\"%s\"", event->text);
    if (event->text[0] != 0 &&
        !text_contains(chains.roots, root)) { /* the first is looked at again for each alternate */
        (void)text_format(chains.roots + len, sizeof chains.roots - len, "%s%s", len > 0 ? ", " : "", root);
    }
}

static void show_warning(const struct wafer_event *event)
{
    if (json_enabled()) { /* there it is a line already */
        return;
    }
    if (event->reason == WAFER_REASON_CHAIN && chains.roots[0] != 0) {
        warn("%s: %s; choose with --preferred-chain of what it offers: %s", event->name,
             wafer_event_text(event), chains.roots);
        return;
    }
    warn("%s%s%s", event->name, event->name != NULL ? ": " : "", wafer_event_text(event));
}

static void print_json(const struct wafer_event *event)
{
    json_begin(type_names[event->type]);
    json_text("step", wafer_step_text(event->step));
    json_text("name", event->name);
    json_text("text", event->reason != WAFER_REASON_NONE ? wafer_event_text(event) : event->text);
    if (event->type == WAFER_EVENT_WAIT || event->type == WAFER_EVENT_RETRY) {
        json_number("milliseconds", event->value);
    } else if (event->type == WAFER_EVENT_ASKED) {
        json_number("seconds", event->value);
    } else if (event->type == WAFER_EVENT_FETCHED) {
        json_number("count", event->value);
    }
    json_end();
}

void progress_event(void *ctx, const struct wafer_event *event)
{
    static void (*const handlers[])(const struct wafer_event *) = {
        [WAFER_EVENT_BEGIN] = show_begin,     [WAFER_EVENT_END] = show_end,
        [WAFER_EVENT_REUSED] = show_reused,   [WAFER_EVENT_RESUMED] = show_resumed,
        [WAFER_EVENT_FETCHED] = show_fetched, [WAFER_EVENT_WAIT] = show_waiting,
        [WAFER_EVENT_RETRY] = show_retry,     [WAFER_EVENT_WARNING] = show_warning,
        [WAFER_EVENT_ASKED] = show_asked,     [WAFER_EVENT_CHAIN] = show_chain,
    };
    (void)ctx;
    if (event->type >= WAFER_EVENT_REQUEST) {
        if (console.verbose) {
            trace_event(event);
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
