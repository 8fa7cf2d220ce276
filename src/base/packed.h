/* A list of numbered texts in one memory, struct wafer_packed of context.h. Each entry is an
 * octet, the number, and behind it the text with its NUL; no entry has a pointer to keep.
 *
 * The memory is filled from both ends. What is in front may be replaced by another text, and
 * all behind it moves. What is at the back stays where it is until the list is cleared, so
 * that others may point to it. */
#ifndef WAFER_PACKED_H
#define WAFER_PACKED_H

#include "wafer/context.h"

/* Empties the list; forgets what is in front alone. */
void wafer_packed_clear(struct wafer_packed *list);
void wafer_packed_rewind(struct wafer_packed *list);

/* Appends an entry behind those in front. The text must not be of this list. Returns 0, or
 * WAFER_E_SPACE: then nothing has changed. */
int wafer_packed_append(struct wafer_packed *list, uint8_t number, const char *text) WAFER_MUST_CHECK;

/* Puts another number and text in the place of an entry in front. Returns as _append. */
int wafer_packed_replace(struct wafer_packed *list, char *entry, uint8_t number,
                         const char *text) WAFER_MUST_CHECK;

/* Puts an entry before those at the back. Returns as _append. */
int wafer_packed_push(struct wafer_packed *list, uint8_t number, const char *text) WAFER_MUST_CHECK;

/* Walks the list: the first entry in front, the one at the back that came last, and the one behind an
 * entry, which is one as long as it is not the end. */
static inline char *wafer_packed_front(struct wafer_packed *list)
{
    return list->text;
}
static inline char *wafer_packed_front_end(struct wafer_packed *list)
{
    return list->text + list->front;
}
static inline char *wafer_packed_back(struct wafer_packed *list)
{
    return list->text + list->back;
}
static inline char *wafer_packed_back_end(struct wafer_packed *list)
{
    return list->text + sizeof list->text;
}
char *wafer_packed_next(char *entry);

/* What an entry holds. */
static inline uint8_t wafer_packed_number(const char *entry)
{
    return (uint8_t)entry[0];
}
static inline const char *wafer_packed_text(const char *entry)
{
    return entry + 1;
}

#endif
