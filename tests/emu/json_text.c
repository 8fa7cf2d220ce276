/* A JSON text before guard pages; see json_text.h. */
#include "json_text.h"
#include <string.h>

int json_text_open_with(struct json_text *d, const char *text, size_t len, size_t tokens)
{
    d->text = guard_copy(text, len);
    d->tokens = guard_copy(NULL, tokens);
    return wafer_json_parse(&d->json, (const char *)d->text.data, len, d->tokens.data, tokens);
}

int json_text_open(struct json_text *d, const char *text)
{
    return json_text_open_with(d, text, strlen(text), 4096);
}

void json_text_close(struct json_text *d)
{
    guard_free(&d->text);
    guard_free(&d->tokens);
}
