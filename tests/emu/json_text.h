/* A JSON text and the memory for its tokens, both before guard pages. */
#ifndef WAFER_TESTS_JSON_TEXT_H
#define WAFER_TESTS_JSON_TEXT_H

#include "guard.h"
#include "format/json.h"

struct json_text {
    struct wafer_json json;
    struct guard text, tokens;
};

/* Parses a copy of the text with that many octets for tokens; what wafer_json_parse returned. */
int json_text_open_with(struct json_text *d, const char *text, size_t len, size_t tokens);

/* The same for a string, with room for 256 tokens. */
int json_text_open(struct json_text *d, const char *text);

void json_text_close(struct json_text *d);

#endif
