/* Characters of UTF-8, and which of them no terminal must get from a CA. */
#ifndef TOOL_CHARACTER_H
#define TOOL_CHARACTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHARACTER_INVALID UINT32_MAX

/* Takes the character that begins at `text`, of `len` octets, at least 1. Returns how many it has; *code is
 * CHARACTER_INVALID, and the length 1, for an octet that begins none (RFC 3629 3: also of surrogates, and in more octets
 * than it needs). */
size_t character_take(const char *text, size_t len, uint32_t *code);

/* Whether a terminal might obey it (C0, DEL, C1), end the line at it, or show what stands around it in another order. */
bool character_is_control(uint32_t code);

#endif
