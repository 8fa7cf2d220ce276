/* JSON for programs: one object a line on standard output. */
#ifndef TOOL_JSON_H
#define TOOL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --json was given. Without it all functions below do nothing. */
void json_enable(void);
bool json_enabled(void);

/* One object: begin, members, end. */
void json_begin(const char *event);
void json_text(const char *key, const char *text); /* NULL: left out */
void json_number(const char *key, int64_t value);
void json_bool(const char *key, bool value);
void json_time(const char *key, int64_t seconds); /* RFC 3339; 0: left out */
void json_list(const char *key, const char *const *items, size_t count);
void json_end(void);

#endif
