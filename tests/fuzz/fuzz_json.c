/* Any octets as a JSON document: what is taken has well-formed values, found the same
 * in any way, and comes back the same through the emitter and the reader. */
#include <stdlib.h>
#include <string.h>
#include "guard.h"
#include "json.h"
#include "jsonw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
        require(wafer_json_parse(&again, written, out.len) == 0);
        require(wafer_json_equals(&again, 1, text));
    }
    free(text);
    free(cut);
    free(written);
}

/* Walks through a value and all in it. Returns how many values there are. */
static int check_value(const struct wafer_json *json, int value, size_t size)
{
    int count = 1, before = value;

    if (size < 500) {
        check_string(json, value, size);
    }
    for (int i = wafer_json_first(json, value); i >= 0; i = wafer_json_next(json, i)) {
        char name[32];

        require(i > before && (size_t)i < json->len);
        before = i;
        count += check_value(json, i, size);
        if (json->text[value] == '{' && wafer_json_string(json, i, name, sizeof name) >= 0) {
            int found = wafer_json_member(json, value, name);

            require(found == WAFER_E_NOT_FOUND || (found > value && (size_t)found < json->len));
        }
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guard guard = guard_copy(data, size);
    const char *text = (const char *)guard.data;
    struct wafer_json json;
    int status = wafer_json_parse(&json, text, size);

    require(status == 0 || status == WAFER_E_JSON);
    if (status < 0) {
        require(wafer_json_first(&json, 0) == WAFER_E_NOT_FOUND);
        require(wafer_json_member(&json, 0, "") == WAFER_E_NOT_FOUND);
    } else {
        require(check_value(&json, 0, size) > 0);
        while (strchr(" \t\r\n", text[size - 1]) != NULL) {
            size--;
        }
        require(wafer_json_parse(&json, text, size - 1) == WAFER_E_JSON); /* one bracket less */
    }
    guard_free(&guard);
    return 0;
}
