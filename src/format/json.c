/* JSON checked against the grammar, then the questions that ACME asks of it. */
#include "format/json.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include "base/text.h"

#define JSMN_STATIC /* and not JSMN_STRICT: is_json is stricter */
#include <jsmn.h>

#define NESTING_MAX 16

/* What may come next in the text, as a set. */
enum {
    OPEN = 1,   /* "{" or "[" */
    SCALAR = 2, /* another value */
    KEY = 4,
    COLON = 8,
    COMMA = 16,
    CLOSE = 32
};

/* jsmn takes {"a"}, [1 2], {"a":1,} and much else that is no JSON, and stops at a
 * NUL. So the text is first held against the grammar of RFC 8259, and jsmn then only
 * finds where the values are. */
struct scan {
    const char *at, *end;
    uint32_t nest;    /* a bit for each open bracket, 1: an object, behind a leading 1 */
    uint8_t expected; /* 0: the root is closed */
};

/* One of the characters in `set`? Takes it. */
static bool take_one_of(struct scan *scan, const char *set)
{
    if (scan->at < scan->end && *scan->at != 0 && strchr(set, *scan->at) != NULL) {
        scan->at++;
        return true;
    }
    return false;
}

static bool take_digits(struct scan *scan)
{
    const char *start = scan->at;

    while (take_one_of(scan, "0123456789")) {}
    return scan->at != start;
}

/* A number, true, false or null. */
static bool take_primitive(struct scan *scan)
{
    static const char words[3][6] = {"true", "false", "null"};

    for (size_t i = 0; i < 3; i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(scan->end - scan->at) >= len && memcmp(scan->at, words[i], len) == 0) {
            scan->at += len;
            return true;
        }
    }
    take_one_of(scan, "-");
    if (!take_one_of(scan, "0") && !take_digits(scan)) {
        return false;
    }
    if (take_one_of(scan, ".") && !take_digits(scan)) {
        return false;
    }
    if (take_one_of(scan, "eE")) {
        take_one_of(scan, "+-");
        return take_digits(scan);
    }
    return true;
}

/* The 16 bits of "\uXXXX" behind its "u", or -1. */
static int32_t take_unit(struct scan *scan)
{
    int32_t unit = 0;

    for (int i = 0; i < 4; i++) {
        if (scan->at == scan->end) {
            return -1;
        }
        int digit = wafer_hex_digit(*scan->at++);
        if (digit < 0) {
            return -1;
        }
        unit = unit << 4 | digit;
    }
    return unit;
}

/* A character behind "\". 0 stands for "\u0000" and for half a surrogate pair, which are
 * grammatical but no text. */
static int32_t take_escape(struct scan *scan)
{
    static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    char c = scan->at < scan->end ? *scan->at++ : 0;

    if (c != 'u') {
        for (size_t i = 0; i < sizeof escapes - 1; i += 2) {
            if (c == escapes[i]) {
                return escapes[i + 1];
            }
        }
        return -1;
    }
    int32_t unit = take_unit(scan);
    if ((unit & ~0x7ff) != 0xd800) {
        return unit;
    }
    if (unit < 0xdc00 && scan->end - scan->at >= 6 && scan->at[0] == '\\' && scan->at[1] == 'u') {
        struct scan pair = {scan->at + 2, scan->end, 0, 0};
        int32_t low = take_unit(&pair);
        if (low < 0) {
            return -1;
        }
        if ((low & ~0x3ff) == 0xdc00) {
            scan->at = pair.at;
            return ((unit & 0x3ff) << 10 | (low & 0x3ff)) + 0x10000;
        }
    }
    return 0;
}

/* The code point of the next character inside a string, or -1. */
static int32_t take_character(struct scan *scan)
{
    int32_t code = wafer_utf8_next(&scan->at, scan->end);

    if (code == '\\') {
        return take_escape(scan);
    }
    return code < 0x20 ? -1 : code;
}

static bool take_string(struct scan *scan)
{
    while (scan->at < scan->end) {
        if (*scan->at == '"') {
            scan->at++;
            return true;
        }
        if (take_character(scan) < 0) {
            return false;
        }
    }
    return false;
}

/* What may follow a whole value. */
static uint8_t after_value(const struct scan *scan)
{
    return scan->nest == 1 ? 0 : COMMA | CLOSE;
}

/* Takes one piece of the text, if it is expected. */
static bool take_piece(struct scan *scan)
{
    uint8_t expected = scan->expected;
    uint32_t object = scan->nest & 1;
    char c = *scan->at++;

    switch (c) {
    case '{':
    case '[':
        object = c == '{';
        scan->expected = object ? KEY | CLOSE : OPEN | SCALAR | CLOSE;
        if (scan->nest >> NESTING_MAX != 0) {
            return false;
        }
        scan->nest = scan->nest << 1 | object;
        return (expected & OPEN) != 0;
    case '}':
    case ']':
        scan->nest >>= 1;
        scan->expected = after_value(scan);
        return (expected & CLOSE) != 0 && object == (c == '}');
    case ',':
        scan->expected = object ? KEY : OPEN | SCALAR;
        return (expected & COMMA) != 0;
    case ':':
        scan->expected = OPEN | SCALAR;
        return (expected & COLON) != 0;
    case '"':
        scan->expected = (expected & KEY) != 0 ? COLON : after_value(scan);
        return (expected & (KEY | SCALAR)) != 0 && take_string(scan);
    default:
        scan->at--;
        scan->expected = after_value(scan);
        return (expected & SCALAR) != 0 && take_primitive(scan);
    }
}

static bool is_json(const char *text, size_t len)
{
    struct scan scan = {text, text + len, 1, OPEN};

    for (;;) {
        while (take_one_of(&scan, " \t\r\n")) {}
        if (scan.at == scan.end) {
            return scan.expected == 0;
        }
        if (!take_piece(&scan)) {
            return false;
        }
    }
}

int wafer_json_parse(struct wafer_json *json, const char *text, size_t len, void *memory, size_t size)
{
    size_t skip = (size_t)(0 - (uintptr_t)memory) % sizeof(int);
    size_t room = size < skip ? 0 : (size - skip) / sizeof(jsmntok_t);
    jsmn_parser parser;

    json->text = text;
    json->tokens = (uint8_t *)memory + skip;
    json->count = 0;
    if (!is_json(text, len)) {
        return WAFER_E_JSON;
    }
    if (room == 0 || room > INT_MAX || len > INT_MAX) {
        return WAFER_E_TOO_LARGE;
    }
    jsmn_init(&parser);
    json->count = jsmn_parse(&parser, text, len, json->tokens, (unsigned)room);
    if (json->count <= 0) {
        bool full = json->count == JSMN_ERROR_NOMEM;
        json->count = 0;
        return full ? WAFER_E_TOO_LARGE : WAFER_E_JSON;
    }
    return json->count;
}

/* The token of a value, or NULL when there is none. */
static const jsmntok_t *token(const struct wafer_json *json, int value)
{
    return value >= 0 && value < json->count ? (const jsmntok_t *)json->tokens + value : NULL;
}

/* Opens a value of one type for reading. */
static bool open_value(const struct wafer_json *json, int value, jsmntype_t type, struct scan *scan)
{
    const jsmntok_t *t = token(json, value);

    if (t == NULL || t->type != type) {
        return false;
    }
    scan->at = json->text + t->start;
    scan->end = json->text + t->end;
    return true;
}

int wafer_json_first(const struct wafer_json *json, int container)
{
    const jsmntok_t *t = token(json, container);

    /* A key has a size as well: 1. */
    if (t == NULL || t->type > JSMN_ARRAY || t->size == 0) {
        return WAFER_E_NOT_FOUND;
    }
    return container + 1;
}

int wafer_json_next(const struct wafer_json *json, int container, int element)
{
    const jsmntok_t *in = token(json, container), *of, *next;

    if (in == NULL || token(json, element) == NULL) {
        return WAFER_E_NOT_FOUND;
    }
    if (in->type == JSMN_OBJECT) {
        element++; /* from the key to its value */
    }
    of = token(json, element);
    if (of == NULL) {
        return WAFER_E_NOT_FOUND;
    }
    do { /* past what is inside of it */
        next = token(json, ++element);
    } while (next != NULL && next->start < of->end);
    if (next == NULL || next->start >= in->end) {
        return WAFER_E_NOT_FOUND;
    }
    return element;
}

int wafer_json_member(const struct wafer_json *json, int object, const char *name)
{
    struct scan scan;
    int key;

    if (!open_value(json, object, JSMN_OBJECT, &scan)) {
        return WAFER_E_NOT_FOUND;
    }
    for (key = wafer_json_first(json, object); key >= 0; key = wafer_json_next(json, object, key)) {
        if (wafer_json_equals(json, key, name)) {
            bool null = open_value(json, key + 1, JSMN_PRIMITIVE, &scan) && *scan.at == 'n';
            return null ? WAFER_E_NOT_FOUND : key + 1;
        }
    }
    return WAFER_E_NOT_FOUND;
}

/* The next character of a string as UTF-8. Returns its length, 0 at the end, or
 * WAFER_E_JSON when it is none. */
static int next_utf8(struct scan *scan, char utf8[4])
{
    int32_t code;
    int extra;

    if (scan->at == scan->end) {
        return 0;
    }
    code = take_character(scan);
    if (code <= 0) {
        return WAFER_E_JSON;
    }
    extra = (code >= 0x80) + (code >= 0x800) + (code >= 0x10000);
    for (int i = extra; i > 0; i--) {
        utf8[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    utf8[0] = (char)(extra > 0 ? code | (0x7f80 >> extra & 0xff) : code);
    return extra + 1;
}

/* Copies the characters that fit, with a NUL. Returns the length, WAFER_E_SPACE when
 * there are more, or WAFER_E_JSON. */
static int copy_characters(struct scan *scan, char *out, size_t size)
{
    size_t len = 0;
    char utf8[4];
    int n;

    while ((n = next_utf8(scan, utf8)) > 0) {
        if (len + (size_t)n >= size) {
            n = WAFER_E_SPACE;
            break;
        }
        memcpy(out + len, utf8, (size_t)n);
        len += (size_t)n;
    }
    if (n < 0 && n != WAFER_E_SPACE) {
        len = 0;
    }
    out[len] = 0;
    if (n < 0) {
        return n;
    }
    return (int)len;
}

int wafer_json_string(const struct wafer_json *json, int value, char *out, size_t size)
{
    struct scan scan;
    bool found = open_value(json, value, JSMN_STRING, &scan);

    if (size > 0) {
        out[0] = 0;
    }
    if (!found) {
        return WAFER_E_NOT_FOUND;
    }
    if (size == 0) {
        return WAFER_E_SPACE;
    }
    return copy_characters(&scan, out, size);
}

int wafer_json_equals(const struct wafer_json *json, int value, const char *text)
{
    struct scan scan;
    char utf8[4];
    int n;

    if (!open_value(json, value, JSMN_STRING, &scan)) {
        return 0;
    }
    while ((n = next_utf8(&scan, utf8)) > 0) {
        if (strncmp(text, utf8, (size_t)n) != 0) {
            return 0;
        }
        text += n;
    }
    return n == 0 && *text == 0;
}
