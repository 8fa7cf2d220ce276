#include "jsonw.h"

#include "base64url.h"

void wafer_jsonw_init(struct wafer_jsonw *json, struct wafer_buf *out)
{
    json->out = out;
    json->comma = false;
}

/* Before each value and key. */
static void separate(struct wafer_jsonw *json)
{
    if (json->comma) {
        wafer_buf_byte(json->out, ',');
    }
    json->comma = true;
}

void wafer_jsonw_open(struct wafer_jsonw *json, char bracket)
{
    separate(json);
    wafer_buf_byte(json->out, (uint8_t)bracket);
    json->comma = false;
}

void wafer_jsonw_close(struct wafer_jsonw *json, char bracket)
{
    wafer_buf_byte(json->out, (uint8_t)bracket);
    json->comma = true;
}

void wafer_jsonw_key(struct wafer_jsonw *json, const char *key)
{
    wafer_jsonw_string(json, key);
    wafer_buf_byte(json->out, ':');
    json->comma = false;
}

/* Quotation mark, reverse solidus and control characters must be escaped, nothing
 * else (RFC 8259 7). */
void wafer_jsonw_string(struct wafer_jsonw *json, const char *text)
{
    struct wafer_buf *out = json->out;

    separate(json);
    wafer_buf_byte(out, '"');
    for (; *text != 0; text++) {
        uint8_t c = (uint8_t)*text;
        if (c < 0x20) {
            wafer_buf_text(out, c < 0x10 ? "\\u000" : "\\u001");
            c = (uint8_t) "0123456789abcdef"[c & 15];
        } else if (c == '"' || c == '\\') {
            wafer_buf_byte(out, '\\');
        }
        wafer_buf_byte(out, c);
    }
    wafer_buf_byte(out, '"');
}

void wafer_jsonw_bool(struct wafer_jsonw *json, bool value)
{
    separate(json);
    wafer_buf_text(json->out, value ? "true" : "false");
}

void wafer_jsonw_uint(struct wafer_jsonw *json, uint32_t value)
{
    separate(json);
    wafer_buf_uint(json->out, value);
}

void wafer_jsonw_base64url(struct wafer_jsonw *json, const void *data, size_t len)
{
    separate(json);
    wafer_buf_byte(json->out, '"');
    wafer_base64url_append(json->out, data, len);
    wafer_buf_byte(json->out, '"');
}

void wafer_jsonw_member(struct wafer_jsonw *json, const char *key, const char *text)
{
    wafer_jsonw_key(json, key);
    wafer_jsonw_string(json, text);
}
