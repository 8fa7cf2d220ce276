/* Writing JSON: an emitter that escapes and sets the commas. Errors stick in the
 * buffer (wafer_buf_status). */
#ifndef WAFER_JSONW_H
#define WAFER_JSONW_H

#include <stdbool.h>
#include "buf.h"

struct wafer_jsonw {
    struct wafer_buf *out;
    bool comma; /* the next value needs one before it */
};

void wafer_jsonw_init(struct wafer_jsonw *json, struct wafer_buf *out);
void wafer_jsonw_open(struct wafer_jsonw *json, char bracket);  /* '{' or '[' */
void wafer_jsonw_close(struct wafer_jsonw *json, char bracket); /* '}' or ']' */
void wafer_jsonw_key(struct wafer_jsonw *json, const char *key);
void wafer_jsonw_string(struct wafer_jsonw *json, const char *text);
void wafer_jsonw_bool(struct wafer_jsonw *json, bool value);
void wafer_jsonw_uint(struct wafer_jsonw *json, uint32_t value);
void wafer_jsonw_base64url(struct wafer_jsonw *json, const void *data, size_t len);

/* key and string at once */
void wafer_jsonw_member(struct wafer_jsonw *json, const char *key, const char *text);

#endif
