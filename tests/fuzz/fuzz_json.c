/* Any octets as a JSON document: what is taken has well-formed values, found the same
 * in any way, and comes back the same through the emitter and the reader. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "guard.h"
#include "format/json.h"
#include "format/json_digest.h"
#include "format/json_writer.h"

#define JSMN_HEADER
#include <jsmn.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TOKENS 8192

static void require(int truth)
{
    if (!truth) {
        abort();
    }
}

/* Reads a string in full and cut, and writes and reads it once more. */
static void check_string(const struct wafer_json *json, int value, size_t size)
{
    char *text = malloc(size + 1), *cut = malloc(size + 1), *written = malloc(6 * size + 8);
    char tokens[64];
    int len = wafer_json_string(json, value, text, size + 1); /* escapes only get shorter */

    require(text != NULL && cut != NULL && written != NULL);
    require(len >= 0 || len == WAFER_E_JSON || len == WAFER_E_NOT_FOUND);
    require(wafer_json_equals(json, value, text) == (len >= 0));
    if (len >= 0) {
        struct wafer_json again;
        struct wafer_buf out;

        require(strlen(text) == (size_t)len);
        for (size_t room = 0; room <= (size_t)len && room < 20; room++) {
            require(wafer_json_string(json, value, cut, room) == WAFER_E_SPACE);
            require(room == 0 ||
                    (strlen(cut) < room && strlen(cut) + 4 >= room && memcmp(cut, text, strlen(cut)) == 0));
        }
        wafer_buf_init(&out, written, 6 * size + 8);
        wafer_jsonw(&out, "[%s]", text);
        require(wafer_json_parse(&again, written, out.len, tokens, sizeof tokens) == 2);
        require(wafer_json_equals(&again, 1, text));
    }
    free(text);
    free(cut);
    free(written);
}

/* Every value is an element of exactly one container. */
static int count_elements(const struct wafer_json *json, int container, size_t size)
{
    bool object = ((const jsmntok_t *)json->tokens)[container].type == JSMN_OBJECT;
    int count = 0, before = container;

    for (int i = wafer_json_first(json, container); i >= 0; i = wafer_json_next(json, container, i)) {
        require(i > before && i < json->count);
        before = i;
        count++;
        if (object) {
            char name[32];

            count++;
            if (size < 2000 && wafer_json_string(json, i, name, sizeof name) >= 0) {
                int found = wafer_json_member(json, container, name);
                require(found == WAFER_E_NOT_FOUND || (found > container && found <= i + 1));
            }
        }
    }
    return count;
}

/* The digest is within its memory, the same for every split, and the same in place; of an object it
 * is one. */
static void check_digest(const char *text, size_t size, bool object)
{
    size_t room = size > 64 ? size / 2 : size + 8, portion = size > 0 ? 1 + (uint8_t)text[0] % 16 : 1;
    char *whole = malloc(size + 8), *parts = malloc(room), *tokens = malloc(16 * size + 64);
    struct wafer_json_digest a, b;
    struct wafer_json json;

    require(whole != NULL && parts != NULL && tokens != NULL);
    if (size > 0) {
        memcpy(whole, text, size);
    }
    wafer_json_digest_begin(&a, whole, room);
    wafer_json_digest_feed(&a, whole, size);
    wafer_json_digest_begin(&b, parts, room);
    for (size_t at = 0; at < size; at += portion) {
        wafer_json_digest_feed(&b, text + at, portion < size - at ? portion : size - at);
    }
    size_t len = wafer_json_digest_end(&a);
    require(len <= room && wafer_json_digest_end(&b) == len);
    require(len == 0 || memcmp(whole, parts, len) == 0);
    int count = wafer_json_parse(&json, whole, len, tokens, 16 * size + 64);
    require(!object || room < size || count > 0);
    free(whole);
    free(parts);
    free(tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char tokens[TOKENS];
    struct guard guard = guard_copy(data, size);
    const char *text = (const char *)guard.data;
    struct wafer_json json;
    int count = wafer_json_parse(&json, text, size, tokens, sizeof tokens), reached = 1;

    require(count == WAFER_E_JSON || (count > 0 && count <= TOKENS / 16) ||
            (count == WAFER_E_TOO_LARGE && size > TOKENS / 16));
    if (count < 0) {
        require(wafer_json_first(&json, 0) == WAFER_E_NOT_FOUND);
        require(wafer_json_member(&json, 0, "") == WAFER_E_NOT_FOUND);
    }
    for (int value = 0; value < count; value++) {
        reached += count_elements(&json, value, size);
        if (count < 64) {
            check_string(&json, value, size);
        }
    }
    require(count < 0 || reached == count);
    check_digest(text, size, count > 0 && ((const jsmntok_t *)json.tokens)[0].type == JSMN_OBJECT);
    if (count > 0 && size > 0) { /* one token less, and one bracket less */
        require(wafer_json_parse(&json, text, size, tokens, (size_t)count * 16 - 1) == WAFER_E_TOO_LARGE);
        while (strchr(" \t\r\n", text[size - 1]) != NULL) {
            size--;
        }
        require(wafer_json_parse(&json, text, size - 1, tokens, sizeof tokens) == WAFER_E_JSON);
    }
    guard_free(&guard);
    return 0;
}
