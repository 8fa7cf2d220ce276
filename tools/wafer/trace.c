/* The protocol trace: requests and answers on standard error, without secrets. */
#include "trace.h"

#include <string.h>
#include "output.h"

#define HELD_MAX 2048 /* octets of a payload that the trace shows */

static char held[HELD_MAX]; /* a payload until its request comes */

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
        output_format(&standard_error, "%.*s", (int)(end - text), text);
        const char *secret = after_secret(end);
        if (secret != NULL) {
            output_format(&standard_error, "%.*s: \"...\"", (int)(after_string(end) - end), end);
            text = secret;
        } else if (*end == '"') {
            text = after_string(end);
            output_format(&standard_error, "%.*s", (int)(text - end), end);
        } else {
            text = end + strspn(end, "\r\n\t ");
            output_format(&standard_error, "%s", text > end && *text != 0 ? " " : "");
        }
    }
}

static void hold_back(const char *payload)
{
    bool whole = text_format(held, sizeof held, "%s", payload);
    if (!whole) {
        memcpy(held + sizeof held - 4, "...", 4);
    }
}

static void trace_request(const struct wafer_event *event)
{
    output_format(&standard_error, "> %s%s\n", event->name, event->text);
    if (held[0] != 0) {
        output_format(&standard_error, "> ");
        put_json(held);
        output_format(&standard_error, "\n");
    }
    held[0] = 0;
}

/* A payload is written before the request that carries it. */
void trace_event(const struct wafer_event *event)
{
    if (event->type == WAFER_EVENT_BODY && event->value < 0) {
        hold_back(event->text);
        return;
    }
    output_flush(&standard_output);
    if (event->type == WAFER_EVENT_REQUEST) {
        trace_request(event);
    } else if (event->type == WAFER_EVENT_RESPONSE) {
        output_format(&standard_error, "< %d\n", (int)event->value);
    } else {
        output_format(&standard_error, "< ");
        put_json(event->text);
        output_format(&standard_error, "\n");
    }
    output_flush(&standard_error);
}
